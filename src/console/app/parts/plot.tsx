/**
 * A plot over time, drawn by uPlot on a canvas; what it shows is also said in words, for whoever cannot see it.
 *
 * uPlot sets its sizes through the DOM and not by style attributes, so that the page's policy can forbid those.
 */
import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Series {
  label: string;
  /** A custom property of the style sheet, such as `--good`. */
  color: string;
  values: readonly number[];
}

export interface PlotProps {
  title: string;
  /** Seconds since 1970, rising. */
  times: readonly number[];
  series: readonly Series[];
  format(value: number): string;
  /** What it shows, in a sentence. */
  words: string;
}

const HEIGHT = 190;

export function Plot({ title, times, series, format, words }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const latest = useRef({ times, series, format });
  latest.current = { times, series, format };
  const labels = series.map(({ label }) => label).join();

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const draw = () => {
      plot.current?.destroy();
      plot.current = new UPlot(optionsOf(element, latest.current), dataOf(latest.current), element);
    };
    draw();
    scheme.addEventListener("change", draw);
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      scheme.removeEventListener("change", draw);
      resized.disconnect();
      plot.current?.destroy();
    };
  }, [labels]);
  useEffect(() => plot.current?.setData(dataOf({ times, series })), [times, series]);

  return (
    <figure className="card plot">
      <figcaption>
        <h2>{title}</h2>
      </figcaption>
      <div ref={place} role="img" aria-label={words} />
      <p className="legend">
        {series.map(({ label, color }) => (
          <span key={label}>
            <i className={`swatch ${color.slice(2)}`} aria-hidden="true" />
            {label}
          </span>
        ))}
      </p>
    </figure>
  );
}

type Drawn = Pick<PlotProps, "times" | "series">;

function dataOf({ times, series }: Drawn): UPlot.AlignedData {
  // A bar of nothing would be a line along the bottom.
  return [[...times], ...series.map(({ values }) => values.map((value) => (value === 0 ? null : value)))];
}

function optionsOf(element: HTMLElement, { series, format }: Drawn & Pick<PlotProps, "format">): UPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--mantine-color-dimmed"),
    grid: { stroke: color("--mantine-color-default-border"), width: 1 },
    ticks: { stroke: color("--mantine-color-default-border") },
    font: "12px system-ui",
  };
  const bars = UPlot.paths.bars?.({ size: [0.8, 24] });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max((high ?? 0) * 1.1, 1)] } },
    axes: [axis, { ...axis, size: 62, values: (_plot, ticks) => ticks.map(format) }],
    series: [
      {},
      ...series.map((one) => ({
        label: one.label,
        stroke: color(one.color),
        fill: color(one.color),
        paths: bars,
        points: { show: false },
      })),
    ],
  };
}
