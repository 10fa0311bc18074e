/**
 * The sockets below a database's connections, and the end of those that nobody answers on.
 *
 * A server that vanishes without a word (a cable, a firewall, a machine that failed over) leaves connections on which
 * TCP waits for many minutes, each with a place in the pool. Also those that are being made are known here.
 */
import { Socket } from "node:net";
import type { Sequelize } from "sequelize";
import { KEEP_ALIVE } from "./session-settings.ts";

const socketsOf = new WeakMap<Sequelize, Set<Socket>>();

/** Makes the sockets of one database's connections: the `stream` of pg's configuration. */
export function socketMaker(): { make: () => Socket; belongTo: (database: Sequelize) => void } {
  const sockets = new Set<Socket>();
  return {
    make() {
      const socket = new Socket(KEEP_ALIVE);
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      return socket;
    },
    belongTo(database) {
      socketsOf.set(database, sockets);
    },
  };
}

/**
 * Begins to listen.
 * @returns cuts each connection on which nothing has come since, so that whatever waits there fails at once, and idle
 *   ones are replaced; gives back how many they were
 */
export function listenForSilence(database: Sequelize): () => number {
  const sockets = socketsOf.get(database) ?? new Set();
  const before = Array.from(sockets, (socket) => ({ socket, received: socket.bytesRead }));
  return () => {
    const silent = before.filter(({ socket, received }) => !socket.destroyed && socket.bytesRead === received);
    for (const { socket } of silent) socket.destroy();
    return silent.length;
  };
}
