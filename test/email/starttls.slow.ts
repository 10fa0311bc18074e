/**
 * A mail server whose certificate nobody vouches for, as Debian's postfix has one after its installation: e-mail waits,
 * says why, and goes by each of the ways that docs/operations.md gives.
 *
 * Method: a real mail server that offers STARTTLS by a certificate of its own, and workers in processes of their own,
 * since the certificates that Node trusts are read at its start.
 */
// time limit: 120 s
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Certificate, selfSignedCertificate } from "../support/certificate.ts";
import { openTestDatabase } from "../support/environment.ts";
import { delivery, type MailShop, openMailShop } from "../support/mail-shop.ts";
import { type SmtpServer, smtpServer } from "../support/smtp-server.ts";
import { eventually, until } from "../support/until.ts";
import { readFileSync } from "node:fs";
import { read } from "../docs/markdown.ts";

let database: Sequelize;
let certificate: Certificate;
let server: SmtpServer;
let shop: MailShop;

test.before(async () => {
  database = openTestDatabase();
  certificate = await selfSignedCertificate();
  server = await smtpServer({ cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) });
  shop = await openMailShop(database, { products: { Mug: { price: 250n, stock: 100 } } });
});
test.after(async () => {
  await server.leave();
  await database.close();
});

async function withWorker(
  smtpUrl: string,
  environment: Record<string, string>,
  work: () => Promise<void>,
): Promise<void> {
  const worker: ChildProcess = fork(path.join(import.meta.dirname, "doomed-worker.ts"), [smtpUrl], {
    execArgv: [],
    env: { ...process.env, ...environment },
  });
  try {
    await work();
  } finally {
    worker.kill("SIGKILL");
    await new Promise((resolve) => worker.once("exit", resolve));
  }
}

test("without a word about it e-mail waits, and says that the certificate is self-signed", async () => {
  const order = await shop.order({ Mug: 1 });
  await withWorker(server.url, {}, async () => {
    const row = await eventually("its second attempt", async () => {
      const found = await delivery(database, order);
      return (found?.attempts ?? 0) >= 2 && found?.last_error != null ? found : undefined;
    });
    assert.match(row.last_error ?? "", /self-signed certificate/);
    assert.equal([row.sent_at, row.given_up_at], [null, null]);
  });
  assert.equal(server.taken, []);
});

const WAYS: [said: string, query: string, environment: () => Record<string, string>][] = [
  ["NODE_EXTRA_CA_CERTS", "", () => ({ NODE_EXTRA_CA_CERTS: certificate.certFile })],
  ["?tls.rejectUnauthorized=false", "?tls.rejectUnauthorized=false", () => ({})],
  ["?ignoreTLS=true", "?ignoreTLS=true", () => ({})],
];

for (const [said, query, environment] of WAYS) {
  test(`with ${said} it goes, as the page says`, async () => {
    assert.ok(read("docs/operations.md").includes(said), said);
    const order = await shop.order({ Mug: 1 });
    await withWorker(server.url + query, environment(), async () => {
      await until("the e-mail", async () => (await delivery(database, order))?.sent_at instanceof Date);
    });
    assert.ok(server.taken.includes(`order-${order.id}-1@bodega.example`));
  });
}

test.run();
