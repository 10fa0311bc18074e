/**
 * The Dockerfile and docker-compose.yml fit the configuration that the code reads, and hold no secret.
 *
 * Method: both are parsed as text, and what can be run without a Docker engine is run: the health check's command, and
 * the configuration of each service through `readConfig`. What this cannot tell: whether the image builds, whether the
 * images of others have the programs that their checks name, and whether the containers find each other.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import packageJson from "../../package.json" with { type: "json" };
import { commands } from "../../src/commands/commands.ts";
import { readConfig, requireDatabaseUrl, requireKeyEncryption, requireRedisUrl, variables } from "../../src/platform/config.ts";
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
}

const dockerfile = read("Dockerfile");
const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(read("docker-compose.yml"), { merge: true });
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
/** The Dockerfile's ENV, as the containers get it. */
const imageEnvironment = Object.fromEntries(
  [...(/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? "").matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]),
);

/** As `docker compose` would fill it in. */
function environmentOf({ environment = {} }: Service): Record<string, string> {
  const outside: Record<string, string> = { POSTGRES_PASSWORD: "s3cret", KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64") };
  const fill = (value: string) => value.replace(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => outside[name] ?? "");
  const given = Object.entries(environment).map(([name, value]) => [name, fill(value)]);
  return { ...imageEnvironment, ...Object.fromEntries(given) };
}

async function healthCheck(environment: Record<string, string>): Promise<number> {
  const [, program = "", args = ""] = /^ {2}CMD \["(\w+)", (.*)\]$/m.exec(dockerfile) ?? [];
  assert.is(program, "node");
  const child = spawn(process.execPath, JSON.parse(`[${args}]`), { env: { ...imageEnvironment, ...environment }, stdio: "ignore" });
  const [code]: number[] = await once(child, "exit");
  return code ?? -1;
}

test("the image and every service set only variables that the code reads, to values that it accepts", () => {
  assert.equal(Object.keys(imageEnvironment).filter((name) => !(name in variables)), []);
  for (const [name, service] of ours) {
    assert.equal(Object.keys(service.environment ?? {}).filter((variable) => !(variable in variables)), [], name);
    readConfig(environmentOf(service));
  }
});

test("each service runs a command that there is, with the servers that it asks for", () => {
  const ran = ours.map(([name, service]) => {
    const command = service.command?.[0] ?? "serve";
    assert.ok(command in commands, name);
    const config = readConfig(environmentOf(service));
    requireDatabaseUrl(config);
    if (command === "worker") requireRedisUrl(config);
    if (command === "serve") requireKeyEncryption(config);
    return command;
  });
  assert.equal(ran.sort(), ["migrate", "seed", "serve", "worker"]);
});

test("the seed is the only service outside production, and only a profile starts it", () => {
  for (const [name, service] of ours) assert.is(readConfig(environmentOf(service)).production, name !== "seed", name);
  assert.equal(services.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name), ["seed"]);
});

test("the image exposes the ports of its configuration, and compose publishes those on loopback alone", () => {
  const { port, grpcPort, opsPort } = readConfig(imageEnvironment);
  const { PORT, GRPC_PORT, OPS_PORT } = variables;
  assert.match(dockerfile, new RegExp(`^EXPOSE ${port} ${grpcPort} ${opsPort}$`, "m"));
  assert.equal([String(port), String(grpcPort), String(opsPort)], [PORT.default, GRPC_PORT.default, OPS_PORT.default]);
  assert.equal(compose.services["api"]?.ports, [`127.0.0.1:${port}:${port}`, `127.0.0.1:${grpcPort}:${grpcPort}`]);
  for (const [name, { ports = [] }] of services) assert.ok(ports.every((one) => one.startsWith("127.0.0.1:")), name);
});

test("neither file holds a secret: passwords come from outside, or the start says that they are missing", () => {
  const fromOutside = /^\$\{(POSTGRES_PASSWORD|KEY_ENCRYPTION_KEY):\?[^}]+\}$/;
  for (const [name, { environment = {} }] of services) {
    for (const [variable, value] of Object.entries(environment)) {
      if (/PASSWORD|SECRET|TOKEN|KEY/.test(variable)) assert.match(value, fromOutside, `${name}: ${variable}`);
      const authority = /\/\/[^@/:]*:([^@]*)@/.exec(value)?.[1];
      if (authority !== undefined) assert.match(authority, fromOutside, `${name}: ${variable}`);
    }
  }
  assert.equal(Object.keys(imageEnvironment).filter((name) => /PASSWORD|SECRET|TOKEN|_KEY|URL/.test(name)), []);
});

test("whoever waits for another service waits for something that it tells", () => {
  const known: Record<string, (service: Service) => boolean> = {
    service_healthy: ({ build, healthcheck }) => healthcheck?.disable !== true && (build !== undefined || healthcheck?.test !== undefined),
    service_completed_successfully: ({ command }) => command?.[0] === "migrate",
  };
  const waits = services.flatMap(([name, { depends_on: on = {} }]) => Object.entries(on).map(([other, { condition }]) => ({ name, other, condition })));
  assert.ok(waits.length >= 6);
  for (const { name, other, condition } of waits) {
    const service = compose.services[other];
    assert.ok(service !== undefined && known[condition]?.(service) === true, `${name} waits for ${other}: ${condition}`);
  }
});

test("every long-running service has a health check, except the worker, which listens nowhere", () => {
  const oneShot = new Set(["migrate", "seed"]);
  const without = services.filter(([name, { build, healthcheck }]) => {
    const checked = build === undefined ? healthcheck?.test !== undefined : healthcheck?.disable !== true;
    return !checked && !oneShot.has(name);
  });
  assert.equal(without.map(([name]) => name), ["worker"]);
});

test("every named volume is declared and used", () => {
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")[0] ?? ""));
  assert.equal(used.sort(), Object.keys(compose.volumes).sort());
});

test("the health check passes when /readyz does, and fails when it does not or nobody answers", async () => {
  let status = 200;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const PORT = String((server.address() as AddressInfo).port);
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
  const isRemoved = (name: string) => removed.some((pattern) => path.matchesGlob(`node_modules/${name}`, pattern) || `node_modules/${name}`.startsWith(`${pattern}/`));
  assert.equal(optional.filter((name) => !isRemoved(name)), []);
  const { packages }: { packages: Record<string, { dev?: boolean }> } = JSON.parse(read("package-lock.json"));
  const needed = Object.entries(packages).filter(([place, { dev }]) => place !== "" && dev !== true);
  const lost = needed.map(([place]) => place.replace("node_modules/", "")).filter((name) => isRemoved(name) && !optional.includes(name));
  assert.equal(lost, []);
  assert.not.match(dockerfile, /^[^#]*--omit=optional/m);
});

/** What makes committed or built files, and no process of the product loads. */
const BUILD_ONLY = ["src/openapi/generate/**", "src/console/app/**"];

test("the source imports only packages that the image installs", () => {
  const files = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !BUILD_ONLY.some((pattern) => path.matchesGlob(file, pattern)));
  const imported = files.flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    return [...text.matchAll(/^(?:import|export)\b[^;]*?from "([^".][^"]*)"|^import "([^".][^"]*)"/gm)].map(([, named, bare]) => named ?? bare ?? "");
  });
  const packages = imported.filter((name) => !name.startsWith("node:")).map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
  assert.ok(packages.length > 20);
  const missing = new Set(packages.filter((name) => !(name in packageJson.dependencies)));
  assert.equal([...missing], []);
});

test("everything that the image copies passes .dockerignore, which keeps all else out", () => {
  const [first, ...kept] = read(".dockerignore").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.is(first, "*");
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "));
  assert.equal([...new Set(copied)].sort(), kept.map((line) => line.replace("!", "")).sort());
});

test.run();
