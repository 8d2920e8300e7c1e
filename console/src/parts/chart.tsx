// uPlot on a page: sized by its place, coloured by the theme, with the same figures as a table for those who can't see it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { shortDuration, time } from "../times";
import { Table } from "./basics";

export interface Column {
  name: string;
  /** A colour of the theme, as in `--callback`. */
  colour: string;
  values: (number | null)[];
}

interface Drawn {
  /** What the chart is of, in a sentence. */
  label: string;
  /** In seconds since 1970. */
  times: number[];
  columns: Column[];
  kind: "stacked bars" | "lines";
  /** How a value is said. */
  say: (value: number) => string;
  height?: number;
  children?: ComponentChildren;
}

export function Chart({ label, times, columns, kind, say, height = 190, children }: Drawn) {
  const place = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const drawn = JSON.stringify([times, columns]);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = () => {
      const stacked = kind === "stacked bars";
      return new uPlot(
        stacked ? barOptions(element.clientWidth, height, columns, setPointed) : lineOptions(element.clientWidth, height, columns, setPointed),
        [times, ...(stacked ? sums(columns) : columns.map((column) => column.values))] as uPlot.AlignedData,
        element,
      );
    };
    let chart = draw();
    const redraw = () => {
      chart.destroy();
      chart = draw();
    };
    const size = new ResizeObserver(() => {
      if (element.clientWidth !== chart.width) chart.setSize({ width: element.clientWidth, height });
    });
    size.observe(element);
    const theme = matchMedia("(prefers-color-scheme: dark)");
    theme.addEventListener("change", redraw);
    return () => {
      size.disconnect();
      theme.removeEventListener("change", redraw);
      chart.destroy();
    };
  }, [drawn, kind, height]);
  const at = pointed === null ? undefined : times[pointed];
  return (
    <figure class="chart">
      <figcaption>{label}</figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
      <p class="legend">
        {at !== undefined && <b class="num">{time(at * 1000)} </b>}
        {columns.map((column) => {
          const value = pointed === null ? null : column.values[pointed];
          return (
            <span key={column.name} class={`key ${column.colour.slice(2)}`}>
              {column.name}{at !== undefined && <b class="num"> {value == null ? "–" : say(value)}</b>}
            </span>
          );
        })}
        {children}
      </p>
      <details>
        <summary>As a table</summary>
        <Table label={label}>
          <thead><tr><th scope="col">From</th>{columns.map((column) => <th scope="col" key={column.name}>{column.name}</th>)}</tr></thead>
          <tbody>
            {times.map((moment, row) => (
              <tr key={moment}>
                <th scope="row">{time(moment * 1000)}</th>
                {columns.map((column) => { const value = column.values[row]; return <td key={column.name} class="num">{value == null ? "–" : say(value)}</td>; })}
              </tr>
            ))}
          </tbody>
        </Table>
      </details>
    </figure>
  );
}

/** Each bar reaches as far as all before it together, and the highest is drawn first. */
function sums(columns: Column[]): number[][] {
  const tops: number[][] = [];
  let below: number[] = columns[0]?.values.map(() => 0) ?? [];
  for (const column of columns) {
    below = below.map((height, row) => height + (column.values[row] ?? 0));
    tops.unshift(below);
  }
  return tops;
}

type Point = (row: number | null) => void;

function shared(width: number, height: number, point: Point): Pick<uPlot.Options, "width" | "height" | "legend" | "cursor" | "hooks" | "padding"> {
  return {
    width,
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    hooks: { setCursor: [(chart) => point(chart.cursor.idx ?? null)] },
  };
}

function barOptions(width: number, height: number, columns: Column[], point: Point): uPlot.Options {
  const bars = uPlot.paths.bars?.({ size: [0.82, 64], align: 1 });
  return {
    ...shared(width, height, point),
    scales: { x: { range: (_chart, low, high) => [low, high + 3600] }, y: { range: (_chart, _low, high) => [0, Math.max(4, high * 1.05)] } },
    axes: [axis({ values: clock, size: 28 }), axis({ size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000] })],
    series: [{}, ...[...columns].reverse().map((column) => ({ fill: colour(column.colour), width: 0, points: { show: false }, ...(bars && { paths: bars }) }))],
  };
}

function lineOptions(width: number, height: number, columns: Column[], point: Point): uPlot.Options {
  return {
    ...shared(width, height, point),
    scales: { x: { range: (_chart, low, high) => [low, high + 3600] }, y: { distr: 3, range: (_chart, _low, high) => [1, Math.max(100, high * 1.5)] } },
    axes: [
      axis({ values: clock, size: 28 }),
      axis({ size: 62, filter: (_chart, splits) => splits, splits: () => [1, 10, 60, 600, 3600, 36000, 360000], values: (_chart, splits) => splits.map((split) => (split == null ? "" : shortDuration(split))) }),
    ],
    series: [{}, ...columns.map((column) => ({ stroke: colour(column.colour), width: 2, spanGaps: false, points: { show: true, size: 6, fill: colour(column.colour) } }))],
  };
}

function clock(_chart: uPlot, splits: number[]): string[] {
  return splits.map((split) => time(split * 1000));
}

function axis(more: uPlot.Axis): uPlot.Axis {
  const line = { stroke: colour("--line"), width: 1 };
  return { stroke: colour("--muted"), grid: line, ticks: { ...line, size: 4 }, font: "12px system-ui, sans-serif", ...more };
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
