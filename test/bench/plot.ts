/**
 * Plots as SVG, readable in light and dark: bars beside each other, or lines over a growing number.
 *
 * By hand, because that is a hundred lines and a library for it is a megabyte. A plot paints its own background, since
 * the page around an image may be light where the reader's system is dark.
 */
export interface Plot {
  title: string;
  bars?: Bar[];
  lines?: Lines;
}

export interface Bar {
  name: string;
  figure: number;
  /** Drawn paler. */
  isYardstick?: boolean;
}

export interface Lines {
  /** Where each point stands, evenly spaced. */
  at: number[];
  /** What `at` counts. */
  label: string;
  lines: { name: string; figures: number[] }[];
}

const WIDTH = 860;
const MARGIN = 20;
const ROW = 24;
const NAMES = 330;
const FIGURES = 70;
const HEIGHT_OF_LINES = 340;
const LEFT = 70;
const TOP = 60;
const BOTTOM = 50;
const STEPS = 4;

/** Colours that people who see few colours tell apart (Okabe and Ito), lightened for the dark. */
const STYLE = `<style>
.back { fill: #ffffff } .text { fill: #1f2328; font: 13px system-ui, sans-serif } .title { font-weight: 600 }
.grid { stroke: #d1d9e0 } .bar { fill: #0072b2 } .pale { fill: #9aa4ae }
.line { fill: none; stroke-width: 2.5 } .c0 { stroke: #0072b2 } .c1 { stroke: #d55e00 } .c2 { stroke: #009e73 } .c3 { stroke: #8b6fae }
.f0 { fill: #0072b2 } .f1 { fill: #d55e00 } .f2 { fill: #009e73 } .f3 { fill: #8b6fae }
@media (prefers-color-scheme: dark) {
.back { fill: #0d1117 } .text { fill: #e6edf3 } .grid { stroke: #3d444d } .bar { fill: #56b4e9 } .pale { fill: #6e7681 }
.c0 { stroke: #56b4e9 } .c1 { stroke: #f0883e } .c2 { stroke: #3fb99a } .c3 { stroke: #b79ddb }
.f0 { fill: #56b4e9 } .f1 { fill: #f0883e } .f2 { fill: #3fb99a } .f3 { fill: #b79ddb }
}
</style>`;
const COLOURS = 4;

/** @throws RangeError for more lines than there are colours */
export function svgOf({ title, bars, lines }: Plot): string {
  const { height, shapes } =
    bars === undefined ? lineShapes(lines ?? { at: [], label: "", lines: [] }) : barShapes(bars);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    STYLE,
    `<rect class="back" width="${WIDTH}" height="${height}" rx="6"/>`,
    text(MARGIN, MARGIN + 12, title, { style: "title" }),
    ...shapes,
    "</svg>\n",
  ].join("\n");
}

interface Shapes {
  height: number;
  shapes: string[];
}

function barShapes(bars: Bar[]): Shapes {
  const most = Math.max(...bars.map(({ figure }) => figure), Number.MIN_VALUE);
  const room = WIDTH - 2 * MARGIN - NAMES - FIGURES;
  const shapes = bars.flatMap(({ name, figure, isYardstick = false }, index) => {
    const top = TOP + index * ROW;
    const length = (figure / most) * room;
    return [
      text(NAMES + MARGIN - 8, top + 13, name, { anchor: "end" }),
      `<rect class="${isYardstick ? "pale" : "bar"}" x="${NAMES + MARGIN}" y="${top}" width="${length.toFixed(1)}" height="${ROW - 7}" rx="2"/>`,
      text(NAMES + MARGIN + length + 6, top + 13, short(figure)),
    ];
  });
  return { height: TOP + bars.length * ROW + MARGIN, shapes };
}

function lineShapes({ at, label, lines }: Lines): Shapes {
  if (lines.length > COLOURS) throw new RangeError(`${lines.length} lines in one plot`);
  const top = ceiling(Math.max(...lines.flatMap(({ figures }) => figures), Number.MIN_VALUE));
  const x = (index: number) => LEFT + (index / Math.max(1, at.length - 1)) * (WIDTH - LEFT - MARGIN - 20);
  const y = (figure: number) => HEIGHT_OF_LINES - BOTTOM - (figure / top) * (HEIGHT_OF_LINES - BOTTOM - TOP);
  const grid = Array.from({ length: STEPS + 1 }, (_, step) => (top * step) / STEPS).flatMap((figure) => [
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - MARGIN}" y1="${y(figure).toFixed(1)}" y2="${y(figure).toFixed(1)}"/>`,
    text(LEFT - 8, y(figure) + 4, short(figure), { anchor: "end" }),
  ]);
  const axis = at.map((place, index) =>
    text(x(index), HEIGHT_OF_LINES - BOTTOM + 18, short(place), { anchor: "middle" }),
  );
  const drawn = lines.flatMap(({ name, figures }, colour) => {
    const points = figures.map((figure, index) => `${x(index).toFixed(1)},${y(figure).toFixed(1)}`);
    const legend = LEFT + colour * ((WIDTH - LEFT) / COLOURS);
    return [
      `<polyline class="line c${colour}" points="${points.join(" ")}"/>`,
      `<rect class="f${colour}" x="${legend}" y="40" width="12" height="12" rx="2"/>`,
      text(legend + 18, 51, name),
    ];
  });
  return {
    height: HEIGHT_OF_LINES,
    shapes: [...grid, ...axis, text((WIDTH + LEFT) / 2, HEIGHT_OF_LINES - 12, label, { anchor: "middle" }), ...drawn],
  };
}

/** The next of 1, 2, 4, 5, 8 and 10 times a power of ten: its quarters are round numbers. */
export function ceiling(figure: number): number {
  const power = 10 ** Math.floor(Math.log10(figure));
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= figure) ?? 10) * power;
}

/** 0.45, 12.3, 4072, 1.2M */
function short(figure: number): string {
  if (figure >= 1_000_000) return `${Number((figure / 1_000_000).toPrecision(3))}M`;
  return figure >= 1_000 ? figure.toFixed(0) : String(Number(figure.toPrecision(3)));
}

function text(x: number, y: number, what: string, { anchor = "start", style = "" } = {}): string {
  return `<text class="${`text ${style}`.trim()}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(what)}</text>`;
}

function escaped(what: string): string {
  return what.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
