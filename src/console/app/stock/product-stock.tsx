/** How many of a product every store has. */
import { Paper } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { InventoryService } from "../../../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { call } from "../data/call.ts";
import { transport } from "../data/transport.ts";
import { Link } from "../route.tsx";
import { Loading, Trouble } from "../parts/states.tsx";

export function ProductStock({ productId }: { productId: string }) {
  const stock = useQuery({
    queryKey: ["stock", "of", productId],
    queryFn: () => call(transport, InventoryService.method.getStock, { productId }),
  });
  return (
    <Paper component="section" mb="md" aria-label="Stock">
      <h2>Stock</h2>
      {stock.isPending ? <Loading /> : null}
      {stock.isError ? <Trouble error={stock.error} retry={() => void stock.refetch()} /> : null}
      {stock.data === undefined ? null : (
        <>
          <p>{stock.data.totalQuantity.toLocaleString("en")} can be sold over all stores.</p>
          <ul className="plain">
            {stock.data.stocks.map(({ storeId, storeName, quantity, reserved }) => (
              <li key={storeId}>
                <Link to={`/stock?store=${storeId}&product=${productId}`}>{storeName}</Link>:{" "}
                {quantity.toLocaleString("en")}
                {reserved === 0 ? "" : `, ${reserved.toLocaleString("en")} reserved`}
              </li>
            ))}
          </ul>
        </>
      )}
    </Paper>
  );
}
