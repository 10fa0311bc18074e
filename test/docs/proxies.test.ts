/**
 * The files for nginx and Envoy name the ports, paths and services that there are.
 *
 * Method: Envoy's file is parsed as YAML and followed from the listener to the machines; nginx's is looked at as text,
 * since test/scale/nginx.slow.ts runs it. Envoy itself is not run: Debian has no package of it.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { variables } from "../../src/platform/config/variables.ts";
import { services } from "../support/contract.ts";
import { read } from "./markdown.ts";

interface Cluster {
  name: string;
  typed_extension_protocol_options?: Record<string, { explicit_http_config?: { http2_protocol_options?: object } }>;
  health_checks: { http_health_check?: { path: string }; grpc_health_check?: { service_name: string } }[];
  load_assignment: { cluster_name: string; endpoints: { lb_endpoints: { endpoint: { address: Address } }[] }[] };
}

interface Address {
  socket_address: { address: string; port_value: number };
}

interface Route {
  match: { prefix: string; grpc?: object };
  route: { cluster: string };
}

interface Envoy {
  static_resources: {
    listeners: {
      filter_chains: {
        filters: {
          typed_config: {
            use_remote_address: boolean;
            route_config: { virtual_hosts: { routes: Route[]; request_headers_to_remove: string[] }[] };
          };
        }[];
      }[];
    }[];
    clusters: Cluster[];
  };
  admin: { address: Address };
}

const envoy: Envoy = parse(read("docs/envoy/envoy.yaml"));
const { listeners, clusters } = envoy.static_resources;
const managers = listeners.flatMap(({ filter_chains }) =>
  filter_chains.flatMap(({ filters }) => filters.map(({ typed_config }) => typed_config)),
);
const routes = managers.flatMap(({ route_config }) => route_config.virtual_hosts.flatMap((host) => host.routes));
const PORTS = { bodega_http: Number(variables.PORT.default), bodega_grpc: Number(variables.GRPC_PORT.default) };

test("Envoy sends gRPC to GRPC_PORT by HTTP/2, and all else to PORT", () => {
  assert.equal(
    routes.map(({ match, route }) => [match.prefix, match.grpc !== undefined, route.cluster]),
    [
      ["/", true, "bodega_grpc"],
      ["/", false, "bodega_http"],
    ],
  );
  for (const { name, load_assignment, typed_extension_protocol_options: options = {} } of clusters) {
    const ports = load_assignment.endpoints.flatMap(({ lb_endpoints }) =>
      lb_endpoints.map(({ endpoint }) => endpoint.address.socket_address.port_value),
    );
    const port = Object.entries(PORTS).find(([cluster]) => cluster === name)?.[1];
    assert.equal([load_assignment.cluster_name, ports], [name, [port, port]]);
    const isHttp2 = Object.values(options).some(
      ({ explicit_http_config }) => explicit_http_config?.http2_protocol_options !== undefined,
    );
    assert.is(isHttp2, name === "bodega_grpc", name);
  }
  assert.equal(clusters.map(({ name }) => name).sort(), Object.keys(PORTS).sort());
});

test("Envoy asks for a page and a service that there are, and believes nobody's x-forwarded-for", () => {
  const checks = clusters.flatMap(({ health_checks }) => health_checks);
  const names = new Set(services.map(({ typeName }) => typeName));
  assert.is(checks.length, 2);
  for (const { http_health_check: page, grpc_health_check: service } of checks) {
    assert.ok(page?.path === "/readyz" || names.has(service?.service_name ?? ""));
  }
  assert.ok(managers.every(({ use_remote_address }) => use_remote_address));
  assert.is(envoy.admin.address.socket_address.address, "127.0.0.1");
});

test("nginx's file names the default ports, and gives each listener's calls to its own upstream", () => {
  const text = read("docs/nginx/bodega.conf");
  const upstreams = [...text.matchAll(/upstream (\w+) \{(.*?)\n\}/gs)].map(([, name = "", body = ""]) => {
    return [name, [...body.matchAll(/^ +server \S+:(\d+) /gm)].map(([, port]) => Number(port))] as const;
  });
  assert.equal(Object.fromEntries(upstreams), {
    bodega_http: [PORTS.bodega_http, PORTS.bodega_http],
    bodega_grpc: [PORTS.bodega_grpc, PORTS.bodega_grpc],
  });
  assert.equal(
    [...text.matchAll(/(\w+_pass) (\S+);/g)].map(([, directive, target]) => `${directive} ${target}`),
    ["proxy_pass http://bodega_http", "grpc_pass grpc://bodega_grpc"],
  );
});

test("both tell that the caller came by TLS, and drop a stranger's trace", () => {
  const [http = "", grpc = ""] = [...read("docs/nginx/bodega.conf").matchAll(/location \/ \{(.*?)\n {4}\}/gs)].map(
    ([, body]) => body,
  );
  assert.match(http, /proxy_set_header X-Forwarded-Proto \$scheme;/);
  for (const name of ["traceparent", "tracestate"]) {
    assert.ok(http.includes(`proxy_set_header ${name} "";`) && grpc.includes(`grpc_set_header ${name} "";`), name);
    // Of x-forwarded-proto Envoy says what it knows itself, unless a trusted hop in front of it did.
    assert.ok(
      managers.every(({ route_config }) =>
        route_config.virtual_hosts.every((host) => host.request_headers_to_remove.includes(name)),
      ),
    );
  }
});

test.run();
