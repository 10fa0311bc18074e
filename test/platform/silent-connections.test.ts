/** Which connections count as silent: those that have had time to answer, and those that nobody asks anything. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { listenForSilence, socketMaker } from "../../src/platform/database/pool/sockets.ts";
import { openTestDatabase } from "../support/environment.ts";
import { until } from "../support/until.ts";

const QUESTION = "SELECT 1";

let database: Sequelize;
let server: Server;
let peer: Socket;
let socket: Socket;

test.before.each(async () => {
  database = openTestDatabase();
  server = createServer((accepted) => (peer = accepted)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = socketMaker();
  sockets.belongTo(database);
  socket = sockets.make().connect((server.address() as AddressInfo).port, "127.0.0.1");
  await Promise.all([once(socket, "connect"), once(server, "connection")]);
});
test.after.each(async () => {
  socket.destroy();
  peer.destroy();
  server.close();
  await database.close();
});

async function ask(): Promise<void> {
  const heard = once(peer, "data");
  socket.write(QUESTION);
  await heard;
}

test("a connection that waited for its answer all the while is cut, and so is one that nobody asked anything", async () => {
  const silence = listenForSilence([database]);
  assert.is(silence.cut(), 1);
  assert.ok(socket.destroyed);
});

test("one that was asked before is cut when nothing has come since", async () => {
  await ask();
  const silence = listenForSilence([database]);
  assert.is(silence.cut(), 1);
});

test("one that was asked only meanwhile is not silent yet; when nothing comes then either, it is", async () => {
  const first = listenForSilence([database]);
  await ask();
  assert.is(first.cut(), 0);
  assert.not(socket.destroyed);
  const second = listenForSilence([database]);
  assert.is(second.cut(), 1);
});

test("one that answers slowly is left alone, and tells that the server is there", async () => {
  await ask();
  const silence = listenForSilence([database]);
  assert.ok(silence.isWhole());
  peer.write("1");
  await until("the answer is read", () => socket.bytesRead > 0);
  assert.is(silence.cut(), 0);
  assert.not(silence.isWhole());
});

test.run();
