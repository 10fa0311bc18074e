/** What lists promise beside the browser: files that no spreadsheet runs, prices without a float, and nothing twice. */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Order, OrderSchema } from "../../gen/bodega/order/v1/order_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { MoneySchema } from "../../gen/google/type/money_pb.ts";
import type { Step } from "../../src/console/app/bulk/act.ts";
import { changedPrice } from "../../src/console/app/bulk/changed-price.ts";
import { runSteps } from "../../src/console/app/bulk/run-steps.ts";
import { moneyText } from "../../src/console/app/data/money.ts";
import { csvOf } from "../../src/console/app/list/csv.ts";

test("a file begins with the mark of UTF-8, quotes what it must, and holds nothing that a spreadsheet runs", () => {
  const columns = [
    { label: "Name", cell: (name: string) => name },
    { label: "Picture", cell: () => ({ type: "img" }) },
    { label: "Shown", cell: () => ({ type: "b" }), text: (name: string) => name.length.toString() },
  ];
  const names = ["mug", 'a "b", c', "=1+1", "+1", "-3", "-3+cmd", "@x", "\tx", "two\nlines", "Öl"];
  assert.equal(csvOf(columns, names).split("\r\n"), [
    "\uFEFFName,Shown",
    "mug,3",
    '"a ""b"", c",8',
    "'=1+1,4",
    "'+1,2",
    "-3,2",
    "'-3+cmd,6",
    "'@x,2",
    "'\tx,2",
    '"two\nlines",9',
    "Öl,2",
    "",
  ]);
});

test("a price is changed by an amount or by percent, to whole cents; what says no change is refused", () => {
  const price = (units: bigint, nanos = 0, currencyCode = "USD") => create(MoneySchema, { units, nanos, currencyCode });
  const changes: [change: string, shown: string][] = [
    ["+10%", "$13.75"],
    ["-5 %", "$11.88"],
    ["+2.00", "$14.50"],
    ["-12.50", "$0.00"],
    ["+1,250", "$1,262.50"],
    ["9", "$9.00"],
    ["+0.5%", "$12.56"],
  ];
  for (const [change, shown] of changes) {
    const changed = changedPrice(price(12n, 500_000_000), change);
    assert.is(typeof changed === "object" ? moneyText(changed) : changed, shown, change);
  }
  for (const nothing of ["", "ten", "+", "%", "+1.250", "+ten%", "1.250,00"])
    assert.is(changedPrice(price(12n), nothing), undefined, nothing);
  assert.is(changedPrice(price(1n), "-2"), "would cost less than nothing");
  const yen = changedPrice(price(105n, 0, "JPY"), "+10%");
  assert.is(typeof yen === "object" ? moneyText(yen) : yen, "¥116");
});

/** A step on an order whose etag is `1` before it and `2` after. */
function stepOf(id: string, send: (from: Order) => Promise<void>): Step<Order> {
  return { row: create(OrderSchema, { id, etag: "1" }), words: "", send, isDone: ({ etag }) => etag === "2" };
}

const refusal = (reason: string) =>
  new ConnectError(reason, Code.Aborted, undefined, [{ desc: ErrorInfoSchema, value: { reason } }]);

test("a step whose answer was lost is not taken again, and one that fails holds up none behind it", async () => {
  const stored = new Map(["a", "b", "c"].map((id) => [id, create(OrderSchema, { id, etag: "1" })]));
  let taken = 0;
  const take = async ({ id, etag }: Order) => {
    if (stored.get(id)?.etag !== etag) throw refusal("STALE_ETAG");
    taken++;
    stored.set(id, create(OrderSchema, { id, etag: "2" }));
  };
  const steps = [
    stepOf("a", async (from) => {
      await take(from);
      throw new ConnectError("cut off", Code.Unavailable);
    }),
    stepOf("b", async () => {
      throw refusal("ORDER_NOT_CONFIRMED");
    }),
    stepOf("c", take),
  ];
  const options = {
    read: async (id: string) => stored.get(id),
    progress: () => undefined,
    signal: new AbortController().signal,
  };
  const first = await runSteps(steps, { ...options, isRetry: false });
  assert.equal([first.failed.map(({ step }) => step.row.id), taken], [["b"], 2]);
  const again = await runSteps(steps.slice(0, 1), { ...options, isRetry: true });
  assert.equal([again.failed, taken], [[], 2]);
});

test("a row that somebody else changed fails as such, and is taken on a second try by what is stored then", async () => {
  const theirs = create(OrderSchema, { id: "a", etag: "9" });
  const sent: (string | undefined)[] = [];
  const step = stepOf("a", async ({ etag }) => {
    sent.push(etag);
    if (etag !== "9") throw refusal("STALE_ETAG");
  });
  const options = { read: async () => theirs, progress: () => undefined, signal: new AbortController().signal };
  const { failed } = await runSteps([step], { ...options, isRetry: false });
  assert.is(failed.length, 1);
  assert.is((await runSteps([step], { ...options, isRetry: true })).failed.length, 0);
  assert.equal(sent, ["1", "9"]);
});

test("who stops a bulk act keeps what was not tried", async () => {
  const stop = new AbortController();
  const steps = ["a", "b", "c"].map((id) => stepOf(id, async () => stop.abort()));
  const { failed, left } = await runSteps(steps, {
    read: async () => undefined,
    progress: () => undefined,
    signal: stop.signal,
    isRetry: false,
  });
  assert.equal([failed.length, left.map(({ row }) => row.id)], [0, ["b", "c"]]);
});

test.run();
