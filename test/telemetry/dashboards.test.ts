/**
 * The dashboard and the alert rules ask for what there is, in queries that Prometheus understands.
 *
 * Method: each query goes through Prometheus' own grammar. The metrics that it names must be in a scrape of `serve` or
 * `worker`, with the labels that it names; labels of metrics without a sample, such as replicas', are their declared
 * ones.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse as parseYaml } from "yaml";
import { variables } from "../../src/platform/config/variables.ts";
import { registry } from "../../src/platform/telemetry/metrics.ts";
import { startTestApi } from "../support/api.ts";
import { type Scraped, scrape } from "../support/metrics.ts";
import { startRunning } from "../support/running.ts";

const DOCS = path.join(import.meta.dirname, "../../docs");
/** Of a histogram's series. */
const SUFFIX = /_(bucket|sum|count)$/;
/** Prometheus gives these to every series; a metric of ours that had one would lose it. */
const OF_THE_TARGET = new Set(["job", "instance"]);
/** Of a query, by the names of Prometheus' grammar. */
const METRIC = "Identifier";
const LABEL = "LabelName";

interface Query {
  /** Where it stands. */
  where: string;
  expr: string;
}

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; action: string };
}

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}

const alerts = parseYaml(readFileSync(path.join(DOCS, "prometheus/alerts.yaml"), "utf8")) as {
  groups: { rules: Rule[] }[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(readFileSync(path.join(DOCS, "grafana/bodega.json"), "utf8")) as { panels: Panel[] };
const queries: Query[] = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: title, expr: expr.replaceAll("$__rate_interval", "1m") })),
  ),
];

let pages: Scraped[];

test.before(async () => {
  const api = await startTestApi();
  const [served, worker] = [startRunning("serve", { WORKERS: "1" }), startRunning("worker")];
  await Promise.all([served.line("serving"), worker.line("the worker has started")]);
  const ports = await Promise.all(
    [served, worker].map(async (command) => (await command.line("metrics are shown")).opsPort ?? 0),
  );
  pages = await Promise.all(ports.map(scrape));
  await Promise.all([served.stop(), worker.stop(), api.stop()]);
});

/** The texts of a query's nodes of that name; "⚠" stands for what the grammar does not know. */
function nodesOf(expr: string, name: string): string[] {
  const found: string[] = [];
  parser.parse(expr).iterate({
    enter(node) {
      if (node.name === name) found.push(expr.slice(node.from, node.to));
    },
  });
  return found;
}

function labelsOf(metric: string): Set<string> {
  const declared: unknown = Reflect.get(registry.getSingleMetric(metric) ?? {}, "labelNames");
  const seen = pages.flatMap(({ samples }) =>
    samples.filter(({ name }) => name.replace(SUFFIX, "") === metric || name === metric),
  );
  return new Set([
    "le",
    ...(Array.isArray(declared) ? declared.map(String) : []),
    ...seen.flatMap(({ labels }) => Object.keys(labels)),
  ]);
}

test("every query is one that Prometheus understands", () => {
  assert.ok(queries.length > 40);
  for (const { where, expr } of queries) assert.equal(nodesOf(expr, "⚠"), [], `${where}: ${expr}`);
  assert.is(nodesOf("sum by (code (up)", "⚠").length > 0, true);
});

test("every metric and label that a query names is in a scrape", () => {
  for (const { where, expr } of queries) {
    const named = nodesOf(expr, METRIC);
    assert.ok(named.length > 0, `${where}: ${expr}`);
    const metrics = named.map((name) => {
      const metric = pages.some(({ type }) => type.get(name.replace(SUFFIX, "")) === "histogram")
        ? name.replace(SUFFIX, "")
        : name;
      assert.ok(
        pages.some(({ help }) => help.has(metric)),
        `${where} asks for ${name}, which there is not`,
      );
      return metric;
    });
    const known = new Set(metrics.flatMap((metric) => [...labelsOf(metric)]));
    for (const label of nodesOf(expr, LABEL))
      assert.ok(known.has(label), `${where} names the label ${label}, which ${metrics.join(" and ")} has not`);
  }
});

test("every metric of ours is in a query: none is counted for nobody", () => {
  const asked = new Set(queries.flatMap(({ expr }) => nodesOf(expr, METRIC).map((name) => name.replace(SUFFIX, ""))));
  const detail = new Set([
    "bodega_build_info",
    "bodega_replica_lag_bytes",
    "bodega_replica_reads_total",
    "bodega_rpc_streams_ended_total",
    "bodega_job_last_run_timestamp_seconds",
  ]);
  const ours = registry.getMetricsAsArray().map(({ name }) => name);
  assert.equal(
    ours.filter((name) => !asked.has(name) && !detail.has(name)),
    [],
  );
});

test("metrics are named as Prometheus asks: base units, _total for counters, a help text, no label of the target", () => {
  for (const { name, help, type } of registry.getMetricsAsArray()) {
    assert.match(name, /^bodega_[a-z_]+$/);
    assert.ok(help.length > 10, name);
    assert.is(name.endsWith("_total"), String(type) === "counter", name);
    assert.is(/_(milliseconds|ms|minutes|kilobytes|percent)(_|$)/.test(name), false, name);
    if (/duration|age|lag|timestamp/.test(name)) assert.match(name, /_(seconds|bytes)$/);
    assert.equal(
      [...labelsOf(name)].filter((label) => OF_THE_TARGET.has(label)),
      [],
      name,
    );
  }
});

test("the configuration to begin with scrapes the default port, and finds the rules", () => {
  const config = parseYaml(readFileSync(path.join(DOCS, "prometheus/prometheus.yml"), "utf8")) as {
    rule_files: string[];
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  for (const file of config.rule_files) assert.ok(existsSync(path.join(DOCS, "prometheus", file)), file);
  const targets = config.scrape_configs.flatMap((one) => one.static_configs.flatMap((some) => some.targets));
  assert.equal(targets, [`${variables.HOST.default}:${variables.OPS_PORT.default}`]);
});

test("every alert says how bad it is, what it means, and what to do", () => {
  assert.is(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, labels, annotations } of rules) {
    assert.match(alert, /^Bodega[A-Z]/);
    assert.ok(["critical", "warning"].includes(labels.severity), alert);
    assert.ok(annotations.summary.endsWith(".") && annotations.action.endsWith("."), alert);
  }
});

test.run();
