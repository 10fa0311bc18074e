/** How many of a product every store has. */
import { Paper } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { InventoryService } from "../../../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { call } from "../data/call.ts";
import { transport } from "../data/transport.ts";
import { Link } from "../route.tsx";
import { Loading, Trouble } from "../parts/states.tsx";
import { words } from "../words/screens/stock.ts";

export function ProductStock({ productId }: { productId: string }) {
  const stock = useQuery({
    queryKey: ["stock", "of", productId],
    queryFn: () => call(transport, InventoryService.method.getStock, { productId }),
  });
  return (
    <Paper component="section" mb="md" aria-label={words.heading}>
      <h2>{words.heading}</h2>
      {stock.isPending ? <Loading /> : null}
      {stock.isError ? <Trouble error={stock.error} retry={() => void stock.refetch()} /> : null}
      {stock.data === undefined ? null : (
        <>
          <p>{words.sellableInAll(stock.data.totalQuantity.toLocaleString("en"))}</p>
          <ul className="plain">
            {stock.data.stocks.map(({ storeId, storeName, quantity, reserved }) => (
              <li key={storeId}>
                <Link to={`/stock?store=${storeId}&product=${productId}`}>{storeName}</Link>
                {words.quantity(
                  quantity.toLocaleString("en"),
                  reserved === 0 ? undefined : reserved.toLocaleString("en"),
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </Paper>
  );
}
