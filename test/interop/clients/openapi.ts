/**
 * Shops by what oazapfts makes of /openapi.json, and prints what it was told as JSON.
 *
 * openapi.ts <base URL> <login> <password> <words to search> <store's id>
 */
import { randomUUID } from "node:crypto";
import * as bodega from "./stubs/bodega.ts";

const [, , baseUrl = "", login = "", password = "", query = "", storeId = ""] = process.argv;
bodega.defaults.baseUrl = baseUrl;

type Refusal = { status: number; data: bodega.Error };

/** The answer's data, where it is no refusal. */
function answered<Data>(answer: { status: 200; data: Data } | Refusal): Data {
  if (isRefusal(answer)) throw new Error(answer.data.message);
  return answer.data;
}

function isRefusal(answer: { status: number; data: unknown }): answer is Refusal {
  return answer.status !== 200;
}

const { tokens } = answered(await bodega.identityServiceLogin({ login, password }));
const headers = { authorization: `Bearer ${tokens?.accessToken}` };
const byPost = answered(await bodega.catalogServiceSearchProducts({ query }));
const byGet = answered(
  await bodega.catalogServiceSearchProductsGet(
    "json",
    JSON.stringify({ query } satisfies bodega.BodegaCatalogV1SearchProductsRequest),
  ),
);
const product = byGet.results?.[0]?.product;

function place(productId = product?.id ?? "") {
  return bodega.orderServicePlaceOrder(
    { storeId, items: [{ productId, quantity: 1 }], requestId: randomUUID() },
    { headers },
  );
}

const { order } = answered(await place());
const refusal = await place(randomUUID());
// The compiler knows the reasons: another word here is an error.
const wanted: bodega.Reason = "PRODUCT_NOT_FOUND";
const told = {
  found: [byPost, byGet].map(({ results }) => results?.[0]?.product?.title),
  status: order?.status,
  total: order?.total?.units,
  refused: isRefusal(refusal) && {
    status: refusal.status,
    code: refusal.data.code,
    isWanted: refusal.data.details?.[0]?.debug?.reason === wanted,
  },
};
console.log(JSON.stringify(told));
