/**
 * What a call costs apart from its work: an empty one and reads that are kept, against the libraries alone with the same bytes.
 *
 * One process each, so that CPU for a call is that of one core. The bare servers are node:http and grpc-js with nothing
 * around them; they get the same requests, tokens included, and give the same message.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import type { DescMethod } from "@bufbuild/protobuf";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { type CallKind, type Protocol, warm } from "./load.ts";
import { loadApi, ordersFor } from "./load-api.ts";
import {
  byTurns,
  differenceOf,
  figureOf,
  type Measured,
  ratioOf,
  type Row,
  SECONDS,
  type Subject,
} from "./measured.ts";
import { callsOf, readOf } from "./mixed.ts";
import { type ApiUnderLoad, openStage, productId } from "./stage.ts";
import type { Aim } from "./report.ts";
import { tell } from "./tell.ts";

const CALLERS = 32;
/** What an own pipeline may cost: the aim. */
const PIPELINE_US = 25;
const STEPS = "the steps alone, without a server";

const { getProduct, searchProducts, suggestProducts } = CatalogService.method;
const product = { id: productId(1) };
const search = { query: "product" };
const suggestion = { query: "pro" };

interface Comparison {
  name: string;
  bare: string;
  protocol: Protocol;
  calls: CallKind[];
  server: ApiUnderLoad;
  answer: Uint8Array;
}

const stage = await openStage();
try {
  const [api, empty] = [await stage.startApi(1), await stage.startEmptyApi()];
  const answers = {
    product: await answersOf(api, getProduct, product),
    search: await answersOf(api, searchProducts, search),
    suggestion: await answersOf(api, suggestProducts, suggestion),
  };
  const emptyCall = (protocol: Protocol) => ({
    protocol,
    server: empty,
    calls: [ordersFor(1, { protocol, hot: false, token: stage.token })],
  });
  const comparisons: Comparison[] = [
    { name: "empty call, JSON", bare: "bare node:http, {}", ...emptyCall("json"), answer: Buffer.from("{}") },
    { name: "empty call, gRPC", bare: "bare grpc-js, no bytes", ...emptyCall("grpc"), answer: Buffer.alloc(0) },
    {
      name: "GetProduct, GET",
      bare: "bare node:http, a product, GET",
      protocol: "json",
      server: api,
      calls: [readOf("json", getProduct, [product])],
      answer: answers.product.json,
    },
    {
      name: "GetProduct, JSON",
      bare: "bare node:http, a product, POST",
      protocol: "json",
      server: api,
      calls: [callsOf("json", getProduct, [product])],
      answer: answers.product.json,
    },
    {
      name: "GetProduct, gRPC",
      bare: "bare grpc-js, a product",
      protocol: "grpc",
      server: api,
      calls: [readOf("grpc", getProduct, [product])],
      answer: answers.product.grpc,
    },
    {
      name: "SearchProducts, GET",
      bare: "bare node:http, a search, GET",
      protocol: "json",
      server: api,
      calls: [readOf("json", searchProducts, [search])],
      answer: answers.search.json,
    },
    {
      name: "SearchProducts, gRPC",
      bare: "bare grpc-js, a search",
      protocol: "grpc",
      server: api,
      calls: [readOf("grpc", searchProducts, [search])],
      answer: answers.search.grpc,
    },
    {
      name: "SuggestProducts, GET",
      bare: "bare node:http, suggestions, GET",
      protocol: "json",
      server: api,
      calls: [readOf("json", suggestProducts, [suggestion])],
      answer: answers.suggestion.json,
    },
    {
      name: "SuggestProducts, gRPC",
      bare: "bare grpc-js, suggestions",
      protocol: "grpc",
      server: api,
      calls: [readOf("grpc", suggestProducts, [suggestion])],
      answer: answers.suggestion.grpc,
    },
  ];
  const subjects: Subject[] = [];
  for (const comparison of comparisons) subjects.push(...(await subjectsOf(comparison)));
  tellCalls(await byTurns([...subjects, { name: STEPS, measure: async () => stepsAlone() }]), answers);
} finally {
  await stage.stop();
}

/** The bare server first, and both warm. */
async function subjectsOf({ name, bare, protocol, calls, server, answer }: Comparison): Promise<Subject[]> {
  const load = (target: ApiUnderLoad, seconds = SECONDS) =>
    loadApi(stage, target, { protocol, callers: CALLERS, seconds, calls });
  const least = await stage.startBare(protocol, calls[0]?.path ?? "", answer);
  for (const target of [least, server]) await warm(async (seconds) => (await load(target, seconds)).done);
  return [
    { name: bare, measure: () => load(least) },
    { name, yardstick: bare, measure: () => load(server) },
  ];
}

function stepsAlone(): Measured {
  const env = { ...process.env, DATABASE_URL: stage.databaseUrl, TOKEN: stage.token, SECONDS: String(SECONDS) };
  const { stdout } = spawnSync(process.execPath, [path.join(import.meta.dirname, "steps-alone.ts")], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { apiUs: Number(JSON.parse(stdout)) };
}

type Answers = Record<Protocol, Uint8Array>;

async function answersOf(api: ApiUnderLoad, method: DescMethod, request: object): Promise<Answers> {
  return { json: await answerOf(api, method, request, "json"), grpc: await answerOf(api, method, request, "proto") };
}

async function answerOf(
  api: ApiUnderLoad,
  method: DescMethod,
  request: object,
  encoding: "json" | "proto",
): Promise<Uint8Array> {
  const { path, bodies } = callsOf(encoding === "json" ? "json" : "grpc", method, [request]);
  const body = encoding === "json" ? bodies[0] : Buffer.from(bodies[0] ?? "", "base64");
  const response = await fetch(`http://127.0.0.1:${api.port}${path}`, {
    method: "POST",
    headers: { "content-type": `application/${encoding}` },
    body,
  });
  if (!response.ok) throw new Error(await response.text());
  return Buffer.from(await response.arrayBuffer());
}

function tellCalls(rows: Row[], answers: Record<"product" | "search" | "suggestion", Answers>): void {
  const bytes = (what: Answers) => `${what.json.byteLength} bytes in JSON and ${what.grpc.byteLength} in binary`;
  tell({
    id: "calls",
    title: "What a call costs apart from its work",
    method:
      `${CALLERS} callers, one server process. An empty call carries an order's request (${pathOf(OrderService.method.placeOrder)}) and a token that was seen before, passes ` +
      "every step of the pipeline, and its handler does nothing. A bare server reads the same request and gives the same message: the difference in server CPU is all that " +
      "is ours, steps, routing, decoding, validation and the answer's headers. The steps alone are called in a loop by a process without a server, decoding included. " +
      `Reads are repeated, so their answers are kept: a product has ${bytes(answers.product)}, a search of 20 products ${bytes(answers.search)}, ten suggestions ` +
      `${bytes(answers.suggestion)}.`,
    rows,
    aims: aimsOf(rows),
    plot: {
      title: "Server CPU of a call, µs",
      bars: rows.map(({ name, yardstick, rounds }) => ({
        name,
        figure: figureOf({ name, rounds }, "apiUs") ?? 0,
        isYardstick: yardstick === undefined && name !== STEPS,
      })),
    },
  });
}

function aimsOf(rows: Row[]): Aim[] {
  const row = (name: string) => rows.find((one) => one.name === name);
  return [
    {
      what: "the steps that every call passes, alone",
      figure: figureOf(row(STEPS), "apiUs"),
      atMost: PIPELINE_US,
      unit: "µs",
    },
    {
      what: "our own part of an empty call, JSON",
      figure: differenceOf(row("empty call, JSON"), row("bare node:http, {}"), "apiUs"),
      atMost: PIPELINE_US,
      unit: "µs",
    },
    {
      what: "our own part of an empty call, gRPC",
      figure: differenceOf(row("empty call, gRPC"), row("bare grpc-js, no bytes"), "apiUs"),
      atMost: PIPELINE_US,
      unit: "µs",
    },
    {
      what: "calls of a core, a repeated search by GET, of bare node:http",
      figure: ratioOf(row("bare node:http, a search, GET"), row("SearchProducts, GET"), "apiUs"),
      atLeast: 0.6,
    },
    {
      what: "server CPU of GetProduct by gRPC, of bare grpc-js",
      figure: ratioOf(row("GetProduct, gRPC"), row("bare grpc-js, a product"), "apiUs"),
      atMost: 2,
    },
  ];
}
