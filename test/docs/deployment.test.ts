/**
 * The Dockerfile and docker-compose.yml fit the configuration that the code reads, and hold no secret.
 *
 * Method: both are parsed as text, and what can be run without a Docker engine is run: the health check's command, and
 * the configuration of each service through `readConfig`. What this cannot tell: whether the image builds, whether the
 * images of others have the programs that their checks name, and whether the containers find each other.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import packageJson from "../../package.json" with { type: "json" };
import { deploymentFindings } from "../../src/commands/checklist/checklist.ts";
import { PLANNED_SHARE } from "../../src/commands/checklist/database.ts";
import { commands } from "../../src/commands/commands.ts";
import { databaseUrl } from "../../src/development/embedded/postgres-database.ts";
import { descriptorsWanted } from "../../src/platform/connections/caller-connections.ts";
import {
  readConfig,
  requireDatabaseUrl,
  requireKeyEncryption,
  requireRedisUrl,
} from "../../src/platform/config/config.ts";
import { variables } from "../../src/platform/config/variables.ts";
import { openDatabase } from "../../src/platform/database/database.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { API_CONNECTIONS_BESIDE_POOL } from "../../src/api/databases.ts";
import { WORKER_CONNECTIONS } from "../../src/worker/worker.ts";
import { adminUrl } from "../support/environment.ts";
import { listening } from "../support/listening.ts";
import { read, ROOT } from "./markdown.ts";

interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  profiles?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  ulimits?: { nofile: number };
}

const dockerfile = read("Dockerfile");
const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(
  read("docker-compose.yml"),
  { merge: true },
);
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
/** The Dockerfile's ENV, as the containers get it. */
const imageEnvironment = Object.fromEntries(
  [...(/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? "").matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [
    name,
    value,
  ]),
);

/** As `docker compose` would fill it in. */
function environmentOf({ environment = {} }: Service): Record<string, string> {
  const outside: Record<string, string> = {
    POSTGRES_PASSWORD: "s3cret",
    OWNER_PASSWORD: "own3r",
    BODEGA_PASSWORD: "b0dega",
    KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
  };
  const fill = (value: string) => value.replace(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => outside[name] ?? "");
  const given = Object.entries(environment).map(([name, value]) => [name, fill(value)]);
  return { ...imageEnvironment, ...Object.fromEntries(given) };
}

async function healthCheck(environment: Record<string, string>): Promise<number> {
  const [, program = "", args = ""] = /^ {2}CMD \["(\w+)", (.*)\]$/m.exec(dockerfile) ?? [];
  assert.is(program, "node");
  const child = spawn(process.execPath, JSON.parse(`[${args}]`), {
    env: { ...imageEnvironment, ...environment },
    stdio: "ignore",
  });
  const [code]: number[] = await once(child, "exit");
  return code ?? -1;
}

test("the image and every service set only variables that the code reads, to values that it accepts", () => {
  assert.equal(
    Object.keys(imageEnvironment).filter((name) => !(name in variables)),
    [],
  );
  for (const [name, service] of ours) {
    assert.equal(
      Object.keys(service.environment ?? {}).filter((variable) => !(variable in variables)),
      [],
      name,
    );
    readConfig(environmentOf(service));
  }
});

test("each service runs a command that there is, with the servers that it asks for", () => {
  const ran = ours.map(([name, service]) => {
    const command = service.command?.[0] ?? "serve";
    assert.ok(commands.has(command), name);
    const config = readConfig(environmentOf(service));
    requireDatabaseUrl(config);
    if (command === "worker") requireRedisUrl(config);
    if (command === "serve") requireKeyEncryption(config);
    return command;
  });
  assert.equal(ran.sort(), ["migrate", "seed", "serve", "worker"]);
});

test("all processes of the API count limits together, in the worker's Redis", () => {
  const [api, worker] = ["api", "worker"].map((name) => compose.services[name]?.environment?.["REDIS_URL"]);
  assert.is(api, worker);
  assert.match(api ?? "", /^redis:/);
});

/** Role and password of a URL. */
function signsInAs(url: string | undefined): string {
  const { username, password } = new URL(url ?? "");
  return `${username} ${password}`;
}

test("only the migrations know the owner's password, nobody knows the superuser's, and all else signs in as bodega", () => {
  for (const [name, service] of ours) {
    const config = readConfig(environmentOf(service));
    assert.is(signsInAs(config.databaseUrl), "bodega b0dega", name);
    if (name === "migrate") assert.is(signsInAs(config.databaseOwnerUrl), "bodega_owner own3r");
    else assert.not.ok(JSON.stringify(environmentOf(service)).includes("own3r"), name);
    assert.not.ok(JSON.stringify(environmentOf(service)).includes("s3cret"), name);
  }
});

test("on sixteen cores too all processes open no more connections than the checklist plans with", () => {
  const api = compose.services["api"];
  if (api === undefined) throw new Error("there is no API");
  const { databasePool } = readConfig(environmentOf(api));
  const [, given] = /max_connections=(\d+)/.exec(compose.services["postgres"]?.command?.join(" ") ?? "") ?? [];
  assert.ok(
    16 * (databasePool + API_CONNECTIONS_BESIDE_POOL) + WORKER_CONNECTIONS <= PLANNED_SHARE * Number(given),
    given,
  );
});

test("the roles that the init script makes are enough for migrations and product, and the checklist has nothing to say of them", async () => {
  const script = read("docs/postgres/roles.sql");
  const asked = [...script.matchAll(/^\\getenv (\w+) (\w+)$/gm)].map(([, name = "", variable = ""]) => [
    name,
    variable,
  ]);
  assert.equal(asked, [
    ["owner_password", "OWNER_PASSWORD"],
    ["bodega_password", "BODEGA_PASSWORD"],
  ]);
  // As psql does it, a statement each; the tests' server has a bodega of its own.
  const sql = script
    .replaceAll(/^(?:--|\\getenv).*$/gm, "")
    .replaceAll(/:'(\w+)'/g, "'$1'")
    .replaceAll("bodega", "composed");
  const statements = sql.split(";").filter((statement) => statement.trim() !== "");
  const admin = openDatabase({ url: adminUrl, pool: 1, name: "test" });
  for (const statement of statements) await admin.query(statement);
  const as = (role: string, password: string) => {
    const url = new URL(databaseUrl(adminUrl, "composed"));
    [url.username, url.password] = [role, password];
    return url.href;
  };
  const url = as("composed", "composed_password");
  await migrate(as("composed_owner", "owner_password"), url);
  const environment = { NODE_ENV: "production", DATABASE_URL: url };
  const findings = await deploymentFindings(
    { config: readConfig(environment), environment, machines: 1 },
    { seededEmails: [], connections: undefined },
  );
  for (const statement of ["DROP DATABASE composed WITH (FORCE)", "DROP ROLE composed", "DROP ROLE composed_owner"])
    await admin.query(statement);
  await admin.close();
  assert.equal(
    findings.filter(({ about }) => about === "migrations" || about === "DATABASE_URL"),
    [],
  );
  assert.ok(
    findings.some(({ about }) => about === "accounts"),
    "it looked into the database",
  );
});

test("the seed is the only service outside production, and only a profile starts it", () => {
  for (const [name, service] of ours) assert.is(readConfig(environmentOf(service)).production, name !== "seed", name);
  assert.equal(
    services.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name),
    ["seed"],
  );
});

test("the image exposes the ports of its configuration, and compose publishes those on loopback alone", () => {
  const { port, grpcPort, opsPort } = readConfig(imageEnvironment);
  const { PORT, GRPC_PORT, OPS_PORT } = variables;
  assert.match(dockerfile, new RegExp(`^EXPOSE ${port} ${grpcPort} ${opsPort}$`, "m"));
  assert.equal([String(port), String(grpcPort), String(opsPort)], [PORT.default, GRPC_PORT.default, OPS_PORT.default]);
  assert.equal(compose.services["api"]?.ports, [`127.0.0.1:${port}:${port}`, `127.0.0.1:${grpcPort}:${grpcPort}`]);
  for (const [name, { ports = [] }] of services)
    assert.ok(
      ports.every((one) => one.startsWith("127.0.0.1:")),
      name,
    );
});

test("neither file holds a secret: passwords come from outside, or the start says that they are missing", () => {
  const fromOutside = /^\$\{(POSTGRES_PASSWORD|OWNER_PASSWORD|BODEGA_PASSWORD|KEY_ENCRYPTION_KEY):\?[^}]+\}$/;
  for (const [name, { environment = {} }] of services) {
    for (const [variable, value] of Object.entries(environment)) {
      if (/PASSWORD|SECRET|TOKEN|KEY/.test(variable)) assert.match(value, fromOutside, `${name}: ${variable}`);
      const authority = /\/\/[^@/:]*:([^@]*)@/.exec(value)?.[1];
      if (authority !== undefined) assert.match(authority, fromOutside, `${name}: ${variable}`);
    }
  }
  assert.equal(
    Object.keys(imageEnvironment).filter((name) => /PASSWORD|SECRET|TOKEN|_KEY|URL/.test(name)),
    [],
  );
});

test("whoever waits for another service waits for something that it tells", () => {
  const known: Record<string, (service: Service) => boolean> = {
    service_healthy: ({ build, healthcheck }) =>
      healthcheck?.disable !== true && (build !== undefined || healthcheck?.test !== undefined),
    service_completed_successfully: ({ command }) => command?.[0] === "migrate",
  };
  const waits = services.flatMap(([name, { depends_on: on = {} }]) =>
    Object.entries(on).map(([other, { condition }]) => ({ name, other, condition })),
  );
  assert.ok(waits.length >= 6);
  for (const { name, other, condition } of waits) {
    const service = compose.services[other];
    assert.ok(
      service !== undefined && known[condition]?.(service) === true,
      `${name} waits for ${other}: ${condition}`,
    );
  }
});

test("every long-running service has a health check, except the worker, which listens nowhere", () => {
  const oneShot = new Set(["migrate", "seed"]);
  const without = services.filter(([name, { build, healthcheck }]) => {
    const checked = build === undefined ? healthcheck?.test !== undefined : healthcheck?.disable !== true;
    return !checked && !oneShot.has(name);
  });
  assert.equal(
    without.map(([name]) => name),
    ["worker"],
  );
});

test("the API may open as many descriptors as its connections need, by compose and by systemd", () => {
  const api = compose.services["api"];
  if (api === undefined) throw new Error("there is no API");
  const wanted = descriptorsWanted(readConfig(environmentOf(api)));
  assert.ok((api.ulimits?.nofile ?? 0) >= wanted);
  assert.ok(Number(/^LimitNOFILE=(\d+)$/m.exec(read("docs/deploy-aws.md"))?.[1]) >= wanted);
});

test("every named volume is declared and used", () => {
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")[0] ?? ""));
  const files = used.filter((place) => place.startsWith("./"));
  assert.equal(
    files.filter((file) => !existsSync(path.join(ROOT, file))),
    [],
  );
  assert.equal(used.filter((place) => !files.includes(place)).sort(), Object.keys(compose.volumes).sort());
});

test("the health check passes when /readyz does, and fails when it does not or nobody answers", async () => {
  let status = 200;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status).end();
  });
  const PORT = String(await listening(server));
  assert.is(await healthCheck({ PORT }), 0);
  status = 503;
  assert.is(await healthCheck({ PORT }), 1);
  server.close();
  server.closeAllConnections();
  assert.is(await healthCheck({ PORT }), 1);
  assert.equal(asked, ["/readyz", "/readyz"]);
});

test("the image runs as a user without rights, and no shell stands between a signal and the process", () => {
  assert.match(dockerfile, /^USER node$/m);
  const commandLines = dockerfile.match(/^ *(CMD|ENTRYPOINT) .*$/gm) ?? [];
  assert.is(commandLines.length, 3);
  for (const line of commandLines) assert.match(line, /^ *(CMD|ENTRYPOINT) \[".*"\]$/);
});

test("the image leaves out what only development needs, and nothing that the product needs", () => {
  const removed = /rm -rf (.*)$/m.exec(dockerfile)?.[1]?.split(" ") ?? [];
  const optional = Object.keys(packageJson.optionalDependencies);
  const isRemoved = (name: string) =>
    removed.some(
      (pattern) =>
        path.matchesGlob(`node_modules/${name}`, pattern) || `node_modules/${name}`.startsWith(`${pattern}/`),
    );
  assert.equal(
    optional.filter((name) => !isRemoved(name)),
    [],
  );
  const { packages }: { packages: Record<string, { dev?: boolean }> } = JSON.parse(read("package-lock.json"));
  const needed = Object.entries(packages).filter(([place, { dev }]) => place !== "" && dev !== true);
  const lost = needed
    .map(([place]) => place.replace("node_modules/", ""))
    .filter((name) => isRemoved(name) && !optional.includes(name));
  assert.equal(lost, []);
  assert.not.match(dockerfile, /^[^#]*--omit=optional/m);
});

/** What makes committed or built files, and no process of the product loads. */
const BUILD_ONLY = ["src/openapi/generate/**", "src/console/app/**"];

test("the source imports only packages that the image installs", () => {
  const files = globSync("src/**/*.ts", { cwd: ROOT }).filter(
    (file) => !BUILD_ONLY.some((pattern) => path.matchesGlob(file, pattern)),
  );
  const imported = files.flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    return [...text.matchAll(/^(?:import|export)\b[^;]*?from "([^".][^"]*)"|^import "([^".][^"]*)"/gm)].map(
      ([, named, bare]) => named ?? bare ?? "",
    );
  });
  const packages = imported
    .filter((name) => !name.startsWith("node:"))
    .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
  assert.ok(packages.length > 20);
  const missing = new Set(packages.filter((name) => !(name in packageJson.dependencies)));
  assert.equal([...missing], []);
});

test("everything that the image copies passes .dockerignore, which keeps all else out", () => {
  const [first, ...kept] = read(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  assert.is(first, "*");
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "));
  assert.equal([...new Set(copied)].sort(), kept.map((line) => line.replace("!", "")).sort());
});

test.run();
