/** What a scrape of /metrics says, read as Prometheus reads it (text exposition format 0.0.4). */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Scraped {
  samples: Sample[];
  /** By a metric's name: what HELP and TYPE say of it. */
  help: Map<string, string>;
  type: Map<string, string>;
  /** The sum over all series of that name whose labels include these; NaN when there is none. */
  value(name: string, labels?: Record<string, string>): number;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

export async function scrape(opsPort: number): Promise<Scraped> {
  const answer = await fetch(`http://127.0.0.1:${opsPort}/metrics`);
  if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
  return parse(await answer.text());
}

export function parse(page: string): Scraped {
  const lines = page.split("\n").filter((line) => line !== "");
  const told = (kind: string) =>
    new Map(
      lines
        .filter((line) => line.startsWith(`# ${kind} `))
        .map((line): [string, string] => [line.split(" ")[2] ?? "", line.split(" ").slice(3).join(" ")]),
    );
  const samples = lines.filter((line) => !line.startsWith("#")).map(toSample);
  return {
    samples,
    help: told("HELP"),
    type: told("TYPE"),
    value(name, labels = {}) {
      const found = samples.filter(
        (sample) =>
          sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      return found.length === 0 ? Number.NaN : found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

function toSample(line: string): Sample {
  const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no line of the exposition format: ${line}`);
  return {
    name,
    labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, label, text]) => [label, text])),
    value: Number(value),
  };
}
