/**
 * The HTTP listener: HTTP/1.1 and HTTP/2 on one port, by ALPN with TLS and by the preface without it.
 *
 * HTTP/2 in plain text is for `buf curl`, which asks a server's reflection over nothing else. The HTTP/1.1 server is
 * the one that listens, because its time-outs hold only for what it accepted itself; a socket whose first bytes are
 * HTTP/2's preface is handed on.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import {
  createSecureServer,
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
} from "node:http2";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { withTimeout } from "../../platform/async/with-timeout.ts";
import type { LimitConnections } from "../../platform/connections/connection-limit.ts";
import type { Logger } from "../../platform/telemetry/log.ts";
import { answerExpecting } from "./expectation.ts";
import { endWithAnswer } from "../bodies/end-with-answer.ts";
import { withLastResort } from "./last-resort.ts";
import { MAX_STREAMS_OF_CONNECTION } from "../limits.ts";
import { detectHttp2 } from "./detect-http2.ts";
import type { HttpRequest, HttpResponse, HttpHandler } from "./handler.ts";

/** A client that sends its headers slower than this is not a client. */
const HEADERS_TIMEOUT_MS = 10_000;
/** The longest that a whole request may take to arrive: an image of 5 MiB from a poor mobile connection. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the idle time-outs of the usual load balancers (60 s), so that they close first and never race us. */
const KEEP_ALIVE_MS = 65_000;
/** How late the two limits may be noticed. */
const CHECKING_INTERVAL_MS = 5_000;
/** Header bytes of one request; tokens are under 1 KiB. */
const MAX_HEADER_BYTES = 16 * 1024;

/** What still runs then is cut, and its callers retry elsewhere. Longer than any healthy call. */
const DRAIN_MS = 8_000;

export interface HttpListener {
  /** Starts listening; resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /**
   * No new connections; the calls in flight finish, inside a bound.
   * @param idleGraceMs how long an idle connection may still bring a call, whose answer says that it was the last; a
   *   connection that is closed while its client sends loses a call
   * @returns whether connections had to be cut at the end of the bound
   */
  close(idleGraceMs?: number): Promise<boolean>;
}

export interface HttpOptions {
  log: Logger;
  /** Left out: plain text. */
  tls?: { certFile: string; keyFile: string } | undefined;
  /** Left out: as many as come. */
  limitConnections?: LimitConnections;
}

export function httpListener(
  handler: HttpHandler,
  { log, tls, limitConnections = () => undefined }: HttpOptions,
): HttpListener {
  const safe = withLastResort(handler, log);
  return tls === undefined ? plainListener(safe, limitConnections) : secureListener(safe, tls, limitConnections);
}

type SafeHandler = ReturnType<typeof withLastResort>;

const limits = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: CHECKING_INTERVAL_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
};
const http2Limits = {
  settings: { maxHeaderListSize: MAX_HEADER_BYTES, maxConcurrentStreams: MAX_STREAMS_OF_CONNECTION },
};

function plainListener(handler: SafeHandler, limitConnections: LimitConnections): HttpListener {
  const { answer, answerLast, isAnswering } = lastAnswers(handler);
  const http1 = createServer(limits, answer);
  const http2 = createHttp2Server(http2Limits, answer);
  answerExpecting(http2, answer);
  const silent = new Set<Socket>();
  const speaking = new Set<Socket>();
  const accept = http1.listeners("connection");
  http1.removeAllListeners("connection");
  http1.on("connection", (socket: Socket) => {
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
    detectHttp2(socket, HEADERS_TIMEOUT_MS)
      .then((isHttp2) => {
        silent.delete(socket);
        if (isHttp2) {
          http2.emit("connection", socket);
          return;
        }
        speaking.add(socket);
        socket.once("close", () => speaking.delete(socket));
        for (const listener of accept) Reflect.apply(listener, http1, [socket]);
      })
      .catch((error: Error) => socket.destroy(error));
  });
  limitConnections(http1);
  return listenerOf(http1, sessionsOf(http2), {
    answerLast,
    drain() {
      for (const socket of silent) socket.destroy();
      for (const socket of speaking) if (!isAnswering(socket)) socket.destroySoon();
    },
    cut: () => http1.closeAllConnections(),
  });
}

function secureListener(
  handler: SafeHandler,
  tls: { certFile: string; keyFile: string },
  limitConnections: LimitConnections,
): HttpListener {
  const { answer, answerLast, isAnswering } = lastAnswers(handler);
  const pem = { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
  const server = createSecureServer(
    { ...limits, ...http2Limits, ...pem, allowHTTP1: true, handshakeTimeout: HEADERS_TIMEOUT_MS },
    answer,
  );
  answerExpecting(server, answer);
  const sockets = new Set<TLSSocket>();
  /** Whose handshake is under way, by address. */
  const silent = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const address = addressOf(socket);
    silent.set(address, socket);
    socket.once("close", () => silent.delete(address));
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    silent.delete(addressOf(socket));
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  limitConnections(server);
  return listenerOf(server, sessionsOf(server), {
    answerLast,
    drain() {
      for (const socket of silent.values()) socket.destroy();
      for (const socket of sockets) if (socket.alpnProtocol !== "h2" && !isAnswering(socket)) socket.destroySoon();
    },
    cut: () => sockets.forEach((socket) => socket.destroy()),
  });
}

/** Tells HTTP/1.1 clients, once it is told to, that their connection ends with the answer that is under way. */
function lastAnswers(handler: SafeHandler) {
  const underWay = new Set<HttpResponse>();
  let last = false;
  const isAnswering = (socket: Socket): boolean => underWay.values().some((response) => response.socket === socket);
  return {
    answer(request: HttpRequest, response: HttpResponse): void {
      if (request.httpVersionMajor === 1) {
        const { socket } = request;
        underWay.add(response);
        response.once("close", () => {
          underWay.delete(response);
          // A stream whose headers went out before could not say it.
          if (last && !isAnswering(socket)) socket.end();
        });
        if (last) response.setHeader("connection", "close");
      } else if ("stream" in response) {
        endWithAnswer(response.stream);
      }
      handler(request, response);
    },
    answerLast(): void {
      last = true;
      for (const response of underWay) if (!response.headersSent) response.setHeader("connection", "close");
    },
    isAnswering,
  };
}

interface Sessions {
  /** Ends each behind the calls that it has, those to come too. */
  close(): void;
  destroy(): void;
}

function sessionsOf(server: Http2Server | ReturnType<typeof createSecureServer>): Sessions {
  const sessions = new Set<ServerHttp2Session>();
  let closing = false;
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    // Its open streams go on; only new ones need another connection.
    session.setTimeout(KEEP_ALIVE_MS, () => session.close());
    // Its connection was there before the server stopped, its first bytes were not.
    if (closing) session.close();
  });
  return {
    close() {
      closing = true;
      for (const session of sessions) session.close();
    },
    destroy() {
      for (const session of sessions) session.destroy();
    },
  };
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

interface Ending {
  /** From now on every answer is its connection's last. */
  answerLast: () => void;
  /** Closes the connections on which nothing is under way. */
  drain: () => void;
  /** Closes all of them. */
  cut: () => void;
}

function listenerOf(server: NetServer, sessions: Sessions, { answerLast, drain, cut }: Ending): HttpListener {
  return {
    listen(host, port) {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port }, () => {
          server.off("error", reject);
          resolve(portOf(server.address()));
        });
      });
    },
    async close(idleGraceMs = 0) {
      // Not the http server's own `close`, which cuts idle connections at once (docs/upgrading.md).
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
      answerLast();
      sessions.close();
      await withTimeout(idleGraceMs, closed, () => undefined);
      server.close();
      drain();
      let wasCut = false;
      await withTimeout(DRAIN_MS, closed, () => {
        wasCut = true;
        cut();
        sessions.destroy();
      });
      await closed;
      return wasCut;
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new TypeError("the server listens on no TCP port");
  return address.port;
}
