/**
 * What the documents repeat of the code: tables and drawings, made from what they tell of.
 *
 * Each stands in its document between two marks; a test holds it against the code, and writes it anew when asked.
 */
import { Code } from "@connectrpc/connect";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { Access } from "../../gen/bodega/access/v1/access_pb.ts";
import { commandSummaries } from "../../src/commands/commands.ts";
import { rules } from "../../src/domains/order/change/state-machine.ts";
import { variables } from "../../src/platform/config/variables.ts";
import { reasons } from "../../src/platform/errors/failure.ts";
import { accessOf } from "../../src/platform/auth/access.ts";
import { registry } from "../../src/platform/telemetry/metrics.ts";
import { services } from "../support/contract.ts";
import { ROOT } from "./markdown.ts";
import { type Schema, tablesOf } from "./schema.ts";

/** By mark, whichever document has it: what the code has, and `tables <schema>` for each of the database's schemas. */
export async function makeSections(schemas: Schema[]): Promise<Map<string, string>> {
  return new Map([
    ["services", servicesTable()],
    ["service access", serviceAccessTable()],
    ["commands", await commandsTable()],
    ["configuration", configurationTable()],
    ["reasons", reasonsTable()],
    ["states", statesDrawing()],
    ["metrics", metricsTable()],
    ["alerts", alertsTable()],
    ...schemas.map((schema): [string, string] => [`tables ${schema.name}`, tablesOf(schema)]),
  ]);
}

function servicesTable(): string {
  const rows = services.map(({ typeName, methods }) => [
    `\`${typeName}\``,
    methods.map(({ name }) => `\`${name}\``).join(", "),
  ]);
  return table(["Service", "RPCs"], rows);
}

/** The RPCs that are open to services and not to everybody. */
function serviceAccessTable(): string {
  const rows = services.flatMap(({ typeName, methods }) => {
    const open = methods.filter((method) => accessOf(method).includes(Access.SERVICE));
    return open.length === 0 ? [] : [[`\`${typeName}\``, open.map(({ name }) => `\`${name}\``).join(", ")]];
  });
  return table(["Service", "RPCs"], rows);
}

async function commandsTable(): Promise<string> {
  const rows = (await commandSummaries()).map(([name, summary]) => [`\`node src/main.ts ${name}\``, summary]);
  return table(["Command", "What it does"], rows);
}

function configurationTable(): string {
  const rows = Object.entries(variables).map(([name, { meaning, default: fallback }]) => [
    `\`${name}\``,
    meaning,
    fallback.includes("<") ? `\`${fallback}\`` : fallback,
  ]);
  return table(["Variable", "Meaning", "Default"], rows);
}

function reasonsTable(): string {
  const rows = Object.entries(reasons).map(([reason, [code, meaning]]) => [
    `\`${reason}\``,
    `\`${canonical(code)}\``,
    meaning,
  ]);
  return table(["Reason", "Code", "What it means, and what to do"], rows);
}

/** INVALID_ARGUMENT for Code.InvalidArgument; gRPC spells one of them with two Ls. */
function canonical(code: Code): string {
  return code === Code.Canceled ? "CANCELLED" : Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}

/** Those of this product; Node's own, which every Node process has, are not in it. */
function metricsTable(): string {
  const rows = registry.getMetricsAsArray().map((metric) => {
    const labels: unknown = Reflect.get(metric, "labelNames");
    const names = Array.isArray(labels) ? labels.map((label) => `\`${String(label)}\``).join(", ") : "";
    return [`\`${metric.name}\``, String(metric.type), names, metric.help];
  });
  return table(["Metric", "Type", "Labels", "What it means"], rows);
}

interface Rule {
  alert: string;
  labels: { severity: string };
  annotations: { summary: string; action: string };
}

function alertsTable(): string {
  const { groups } = parse(readFileSync(path.join(ROOT, "docs/prometheus/alerts.yaml"), "utf8")) as {
    groups: { rules: Rule[] }[];
  };
  const rows = groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, labels, annotations }) => [
      `\`${alert}\``,
      labels.severity,
      annotations.summary,
      annotations.action,
    ]);
  return table(["Alert", "Severity", "What it means", "What to do"], rows);
}

function statesDrawing(): string {
  const steps = rules.map(({ from, to, step }) => `  ${from} --> ${to}: ${step}`);
  const entries = ["PENDING: with hold", "CONFIRMED: stock for every line", "REJECTED: a line is short"];
  return drawing(["stateDiagram-v2", ...entries.map((entry) => `  [*] --> ${entry}`), ...steps]);
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`.replaceAll("|  |", "| |"))
    .join("\n");
}

function drawing(lines: string[]): string {
  return ["```mermaid", ...lines, "```"].join("\n");
}
