/**
 * The Kubernetes manifests fit the code: variables, commands, ports, probes and the time for stopping; they name each
 * other rightly, and hold no secret.
 *
 * Method: every document is parsed and followed. What this cannot tell is what a cluster says of them.
 */
import { globSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseAllDocuments } from "yaml";
import { commands } from "../../src/commands/commands.ts";
import {
  readConfig,
  requireDatabaseUrl,
  requireKeyEncryption,
  requireRedisUrl,
} from "../../src/platform/config/config.ts";
import { variables } from "../../src/platform/config/variables.ts";
import { KILL_AFTER_MS } from "../../src/processes/supervised-child.ts";
import { STOP_TIMEOUT_MS } from "../../src/processes/child-process.ts";
import { API_CONNECTIONS_BESIDE_POOL } from "../../src/api/databases.ts";
import { WORKER_CONNECTIONS } from "../../src/worker/worker.ts";
import { services } from "../support/contract.ts";
import { read, ROOT } from "./markdown.ts";

type Labels = Record<string, string>;

interface Probe {
  grpc?: { port: number; service: string };
  httpGet?: { port: string; path: string };
}

interface Container {
  name: string;
  image: string;
  args: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  lifecycle?: { preStop: { exec: { command: string[] } } };
  resources: { requests: { cpu: string; memory: string }; limits: { memory: string } };
  securityContext: { allowPrivilegeEscalation: boolean; readOnlyRootFilesystem: boolean };
  volumeMounts?: { name: string; mountPath: string }[];
}

interface PodSpec {
  terminationGracePeriodSeconds?: number;
  automountServiceAccountToken: boolean;
  securityContext: { runAsNonRoot: boolean; runAsUser: number };
  containers: Container[];
  volumes?: { name: string }[];
}

interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  spec: {
    replicas?: number;
    selector: { matchLabels: Labels } & Labels;
    podSelector: { matchLabels: Labels };
    template: { metadata: { labels: Labels }; spec: PodSpec };
    ports: { name: string; port: number; targetPort: string }[];
    ingress: { ports: { port: number }[] }[];
    scaleTargetRef: { kind: string; name: string };
    minReplicas: number;
    maxReplicas: number;
    metrics: { resource: { name: string } }[];
  };
}

/** What the two secrets bring, by their names. */
const SECRETS: Record<string, Record<string, string>> = {
  bodega: {
    DATABASE_URL: "postgres://bodega:x@db.example/bodega?sslmode=verify-full",
    REDIS_URL: "rediss://cache.example",
    KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
    SMTP_URL: "smtps://mail.example",
  },
  "bodega-owner": { DATABASE_OWNER_URL: "postgres://owner:x@db.example/bodega?sslmode=verify-full" },
};

const files = globSync("docs/kubernetes/*.yaml", { cwd: ROOT }).sort();
const manifests = files.flatMap((file) => parseAllDocuments(read(file)).map((document): Manifest => document.toJS()));
const imageEnvironment = Object.fromEntries(
  [...(/^ENV (.*)$/m.exec(read("Dockerfile"))?.[1] ?? "").matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [
    name,
    value,
  ]),
);

function ofKind(...kinds: string[]): Manifest[] {
  return manifests.filter(({ kind }) => kinds.includes(kind));
}

const workloads = ofKind("Deployment", "Job").map(({ kind, metadata, spec }) => {
  const [container, ...others] = spec.template.spec.containers;
  if (container === undefined || others.length > 0) throw new Error(`${metadata.name} has not one container`);
  return { kind, name: metadata.name, spec, pod: spec.template.spec, labels: spec.template.metadata.labels, container };
});

/** As the kubelet would fill it in. */
function environmentOf({ env = [], envFrom = [] }: Container): Record<string, string> {
  const sources = envFrom.map(({ configMapRef, secretRef }) => {
    const map = ofKind("ConfigMap").find(({ metadata }) => metadata.name === configMapRef?.name)?.data;
    return map ?? SECRETS[secretRef?.name ?? ""] ?? assert.unreachable(`no ${configMapRef?.name ?? secretRef?.name}`);
  });
  const single = env.map(({ name, value, valueFrom: from }) => [
    name,
    value ?? SECRETS[from?.secretKeyRef.name ?? ""]?.[from?.secretKeyRef.key ?? ""] ?? "",
  ]);
  return Object.assign({}, imageEnvironment, ...sources, Object.fromEntries(single));
}

function workload(name: string) {
  const found = workloads.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

test("there is an API, a worker and the migration, each by a command that there is, and nothing of an unknown kind", () => {
  assert.equal(
    workloads.map(({ name, container }) => [name, container.args]),
    [
      ["bodega-api", ["serve"]],
      ["bodega-migrate", ["migrate"]],
      ["bodega-worker", ["worker"]],
    ],
  );
  for (const { container } of workloads) assert.ok(container.args.every((word) => commands.has(word)));
  const others = manifests.filter(
    ({ kind }) =>
      ![
        "ConfigMap",
        "Deployment",
        "Job",
        "Service",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
      ].includes(kind),
  );
  assert.equal(
    others.map(({ kind }) => kind),
    [],
  );
});

test("every variable is one that the code reads, with a value that it accepts, and each command has what it needs", () => {
  for (const { name, container } of workloads) {
    const environment = environmentOf(container);
    assert.equal(
      Object.keys(environment).filter((variable) => !(variable in variables)),
      [],
      name,
    );
    const config = readConfig(environment);
    assert.ok(config.production, name);
    requireDatabaseUrl(config);
    if (container.args[0] !== "migrate") requireKeyEncryption(config);
    if (container.args[0] === "worker") requireRedisUrl(config);
  }
  assert.ok(readConfig(environmentOf(workload("bodega-migrate").container)).databaseOwnerUrl !== undefined);
});

test("no file holds a secret: what has one comes by reference", () => {
  assert.equal(ofKind("Secret"), []);
  const secret = /PASSWORD|SECRET|TOKEN|_KEY|DATABASE|REDIS|SMTP/;
  for (const { data = {} } of ofKind("ConfigMap")) {
    assert.equal(
      Object.keys(data).filter((name) => secret.test(name)),
      [],
    );
    assert.equal(
      Object.values(data).filter((value) => /\/\/[^/]*:[^/]*@/.test(value)),
      [],
    );
  }
  for (const { container } of workloads)
    assert.equal(
      (container.env ?? []).filter(({ value }) => value !== undefined),
      [],
    );
});

test("ports are those that the configuration listens on, and Services and policies name them", () => {
  const { port, grpcPort, opsPort } = readConfig(environmentOf(workload("bodega-api").container));
  const api = Object.fromEntries(
    (workload("bodega-api").container.ports ?? []).map((one) => [one.name, one.containerPort]),
  );
  assert.equal(api, { http: port, grpc: grpcPort, metrics: opsPort });
  assert.equal(workload("bodega-worker").container.ports, [{ name: "metrics", containerPort: opsPort }]);
  for (const { spec } of ofKind("Service"))
    for (const { targetPort } of spec.ports) assert.ok(targetPort in api, targetPort);
  const admitted = ofKind("NetworkPolicy").map(({ metadata, spec }) => [
    metadata.name,
    spec.ingress.flatMap(({ ports }) => ports.map((one) => one.port)),
  ]);
  assert.equal(Object.fromEntries(admitted), { bodega: [opsPort], "bodega-api": [port, grpcPort] });
});

test("probes ask for a service and pages that there are", () => {
  const names = new Set(services.map(({ typeName }) => typeName));
  const { container } = workload("bodega-api");
  const grpc = container.readinessProbe?.grpc;
  assert.ok(names.has(grpc?.service ?? ""));
  assert.is(grpc?.port, container.ports?.find(({ name }) => name === "grpc")?.containerPort);
  assert.equal(container.startupProbe?.httpGet, { port: "http", path: "/readyz" });
  assert.equal(container.livenessProbe?.httpGet, { port: "http", path: "/healthz" });
  for (const page of ["/readyz", "/healthz"]) assert.ok(read("src/api/pages.ts").includes(`"${page}":`));
  assert.equal(workload("bodega-worker").container.livenessProbe?.httpGet, { port: "metrics", path: "/metrics" });
});

test("whoever is stopped gets the time that it takes", () => {
  const { container, pod } = workload("bodega-api");
  const [program, seconds] = container.lifecycle?.preStop.exec.command ?? [];
  assert.is(program, "sleep");
  assert.ok((pod.terminationGracePeriodSeconds ?? 0) * 1_000 >= Number(seconds) * 1_000 + KILL_AFTER_MS);
  assert.ok((workload("bodega-worker").pod.terminationGracePeriodSeconds ?? 0) * 1_000 > STOP_TIMEOUT_MS);
});

test("everything runs without rights, on files that it cannot change, and writes to a volume", () => {
  for (const { name, pod, container } of workloads) {
    assert.equal(
      [pod.securityContext.runAsNonRoot, pod.securityContext.runAsUser, pod.automountServiceAccountToken],
      [true, 1000, false],
      name,
    );
    assert.equal(
      [container.securityContext.allowPrivilegeEscalation, container.securityContext.readOnlyRootFilesystem],
      [false, true],
      name,
    );
    assert.not.match(container.image, /:latest$|^[^:]*$/);
    if (container.args[0] === "migrate") continue;
    const mounted = container.volumeMounts?.find(({ mountPath }) => mountPath === imageEnvironment["DATA_DIR"]);
    assert.ok(
      pod.volumes?.some((volume) => volume.name === mounted?.name),
      name,
    );
  }
});

test("what selects pods selects those that there are", () => {
  const matches = (labels: Labels, selector: Labels) =>
    Object.entries(selector).every(([key, value]) => labels[key] === value);
  for (const { kind, metadata, spec } of ofKind("Service", "PodDisruptionBudget", "NetworkPolicy", "Deployment")) {
    const selector = spec.podSelector?.matchLabels ?? spec.selector.matchLabels ?? spec.selector;
    const selected = workloads.filter(({ labels }) => matches(labels, selector)).map(({ name }) => name);
    const expected =
      metadata.name === "bodega" ? workloads.map(({ name }) => name) : [metadata.name.replace(/-(http|grpc)$/, "-api")];
    assert.equal(selected, expected, `${kind} ${metadata.name}`);
  }
});

test("the API is scaled by its CPU, and the most that it is scaled to opens no more connections than config.yaml says", () => {
  const [scaler] = ofKind("HorizontalPodAutoscaler");
  assert.equal([scaler?.spec.scaleTargetRef.kind, scaler?.spec.scaleTargetRef.name], ["Deployment", "bodega-api"]);
  assert.equal(
    scaler?.spec.metrics.map(({ resource }) => resource.name),
    ["cpu"],
  );
  assert.ok((scaler?.spec.minReplicas ?? 0) >= 2);
  assert.ok(workload("bodega-api").container.resources.requests.cpu !== undefined);
  const { workers, databasePool } = readConfig(environmentOf(workload("bodega-api").container));
  const ofApi = (scaler?.spec.maxReplicas ?? 0) * workers * (databasePool + API_CONNECTIONS_BESIDE_POOL);
  const ofWorkers = (workload("bodega-worker").spec.replicas ?? 0) * WORKER_CONNECTIONS;
  const promised = Number(/at most (\d+) connections/.exec(read("docs/kubernetes/config.yaml"))?.[1]);
  assert.ok(ofApi + ofWorkers <= promised, `${ofApi + ofWorkers} connections`);
});

test.run();
