/** Every way to call an RPC: each protocol and encoding that the two ports serve, with TLS and without. */
import { readFileSync } from "node:fs";
import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { type Certificate, selfSignedCertificate } from "./certificate.ts";
import { grpcTransport } from "./grpc-transport.ts";
import { type LoggedApi, startLoggedApi } from "./logged-api.ts";

export interface TestTransport {
  name: string;
  transport: Transport;
  encoding: "json" | "proto";
  /** Connect GET: writes and long messages go by POST as always. */
  get?: true;
  /** A header that says that the time is over. */
  overdue: [name: string, value: string];
  /** The client or the library answers some refusals itself, without details. */
  grpcJs?: true;
}

export interface TestTransports {
  ways: TestTransport[];
  plain: LoggedApi;
  tls: LoggedApi;
  stopServers(): Promise<void>;
  closeClients(): void;
  /** Both. */
  stop(): Promise<void>;
}

const CONNECT_OVERDUE: TestTransport["overdue"] = ["connect-timeout-ms", "0"];
const GRPC_OVERDUE: TestTransport["overdue"] = ["grpc-timeout", "0m"];

/** Starts a server in plain text and one with TLS. */
export async function startTransports(): Promise<TestTransports> {
  const certificate = await selfSignedCertificate();
  const plain = await startLoggedApi();
  const tls = await startLoggedApi({ TLS_CERT: certificate.certFile, TLS_KEY: certificate.keyFile });
  const sessions: Http2SessionManager[] = [];
  const grpcJs = grpcTransport(plain.grpcAddress);
  const session = (url: string) => {
    const manager = new Http2SessionManager(url, undefined, { ca: certificate.certificate });
    sessions.push(manager);
    return manager;
  };
  return {
    ways: [
      ...waysByHttp1(plain),
      ...waysByH2c(plain, session),
      { name: "gRPC by grpc-js", transport: grpcJs, encoding: "proto", overdue: GRPC_OVERDUE, grpcJs: true },
      ...waysByTls(tls, certificate, session),
    ],
    plain,
    tls,
    stopServers,
    closeClients,
    async stop() {
      closeClients();
      await stopServers();
    },
  };

  async function stopServers(): Promise<void> {
    await Promise.all([plain.stop(), tls.stop()]);
  }

  function closeClients(): void {
    grpcJs.close();
    for (const manager of sessions) manager.abort();
  }
}

type Session = (url: string) => Http2SessionManager;

function waysByHttp1({ baseUrl }: LoggedApi): TestTransport[] {
  const httpVersion = "1.1" as const;
  return [
    {
      name: "Connect JSON",
      transport: createConnectTransport({ baseUrl, httpVersion, useBinaryFormat: false }),
      encoding: "json",
      overdue: CONNECT_OVERDUE,
    },
    {
      name: "Connect binary",
      transport: createConnectTransport({ baseUrl, httpVersion, useBinaryFormat: true }),
      encoding: "proto",
      overdue: CONNECT_OVERDUE,
    },
    {
      name: "Connect GET",
      transport: createConnectTransport({ baseUrl, httpVersion, useHttpGet: true, useBinaryFormat: false }),
      encoding: "json",
      get: true,
      overdue: CONNECT_OVERDUE,
    },
    {
      name: "Connect GET, binary",
      transport: createConnectTransport({ baseUrl, httpVersion, useHttpGet: true, useBinaryFormat: true }),
      encoding: "proto",
      get: true,
      overdue: CONNECT_OVERDUE,
    },
    {
      name: "gRPC-Web",
      transport: createGrpcWebTransport({ baseUrl, httpVersion }),
      encoding: "proto",
      overdue: GRPC_OVERDUE,
    },
    {
      name: "gRPC-Web JSON",
      transport: createGrpcWebTransport({ baseUrl, httpVersion, useBinaryFormat: false }),
      encoding: "json",
      overdue: GRPC_OVERDUE,
    },
  ];
}

function waysByH2c({ baseUrl }: LoggedApi, session: Session): TestTransport[] {
  const http2 = { httpVersion: "2" as const, baseUrl, sessionManager: session(baseUrl) };
  return [
    {
      name: "Connect JSON over h2c",
      transport: createConnectTransport({ ...http2, useBinaryFormat: false }),
      encoding: "json",
      overdue: CONNECT_OVERDUE,
    },
    { name: "gRPC over h2c", transport: createGrpcTransport(http2), encoding: "proto", overdue: GRPC_OVERDUE },
  ];
}

function waysByTls(
  { baseUrl, grpcAddress }: LoggedApi,
  { certFile, certificate }: Certificate,
  session: Session,
): TestTransport[] {
  const http2 = { httpVersion: "2" as const, baseUrl, sessionManager: session(baseUrl) };
  const grpcUrl = `https://${grpcAddress}`;
  return [
    {
      name: "Connect JSON over HTTP/1.1 with TLS",
      transport: createConnectTransport({
        baseUrl,
        httpVersion: "1.1",
        useBinaryFormat: false,
        nodeOptions: { ca: readFileSync(certFile) },
      }),
      encoding: "json",
      overdue: CONNECT_OVERDUE,
    },
    {
      name: "Connect JSON over HTTP/2 with TLS",
      transport: createConnectTransport({ ...http2, useBinaryFormat: false }),
      encoding: "json",
      overdue: CONNECT_OVERDUE,
    },
    {
      name: "gRPC-Web over HTTP/2 with TLS",
      transport: createGrpcWebTransport(http2),
      encoding: "proto",
      overdue: GRPC_OVERDUE,
    },
    {
      name: "gRPC over HTTP/2 with TLS",
      transport: createGrpcTransport(http2),
      encoding: "proto",
      overdue: GRPC_OVERDUE,
    },
    {
      name: "gRPC by grpc-js with TLS",
      transport: createGrpcTransport({
        baseUrl: grpcUrl,
        sessionManager: session(grpcUrl),
        nodeOptions: { ca: certificate },
      }),
      encoding: "proto",
      overdue: GRPC_OVERDUE,
      grpcJs: true,
    },
  ];
}
