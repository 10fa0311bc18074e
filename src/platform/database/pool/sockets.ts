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

/** Makes the sockets of one database's connections: the `stream` of pg's configuration (docs/upgrading.md). */
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

export interface Silence {
  /** Nothing at all has come since: the server is away. When something has, it is slow. */
  isWhole(): boolean;
  /**
   * Cuts each connection on which nothing has come since, so that whatever waits there fails at once, and idle ones are
   * replaced. One that was asked something only meanwhile is left to whoever listens from now on: it may be slow.
   * @returns how many they were
   */
  cut(): number;
}

/** Begins to listen on the connections that these databases have now. */
export function listenForSilence(databases: readonly Sequelize[]): Silence {
  const sockets = databases.flatMap((database) => [...(socketsOf.get(database) ?? [])]);
  const before = sockets.map((socket) => ({ socket, read: socket.bytesRead, written: socket.bytesWritten }));
  return {
    isWhole: () => before.every(({ socket, read }) => socket.bytesRead === read),
    cut() {
      const silent = before.filter(
        ({ socket, read, written }) =>
          !socket.destroyed && socket.bytesRead === read && socket.bytesWritten === written,
      );
      for (const { socket } of silent) socket.destroy();
      return silent.length;
    },
  };
}
