import type { Panel } from "../../components/monitoring/feedWorkbook.ts";
import { Visualization } from "../../components/monitoring/workbookItems.ts";
import { type Row, toText, type Value } from "../../local/logAnalytics/kqlValues.ts";
import { line, polyline, rectangle, text } from "./svg.ts";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const COLORS = ["#0078d4", "#d83b01", "#8764b8", "#107c10", "#c19c00"];
const GREY = "#edebe9";
const FAINT = "#605e5c";
const ROW_HEIGHT = 20;

/** A panel with its title, drawn as the portal does, from the rows that its query gave. */
export function drawPanel({ title, visualization, nothing }: Panel, rows: readonly Row[], box: Box): string {
  const head = text(box.x, box.y + 14, title, { size: 13, weight: 600 });
  const inner = { ...box, y: box.y + 26, height: box.height - 26 };
  if (rows.length === 0) return head + text(inner.x, inner.y + 14, nothing, { fill: FAINT });
  if (visualization === Visualization.table) return head + drawTable(rows, inner);
  return head + drawChart(rows, inner, visualization);
}

function drawTable(rows: readonly Row[], { x, y, width, height }: Box): string {
  const columns = Object.keys(rows[0]!);
  const shown = rows.slice(0, Math.floor(height / ROW_HEIGHT) - 1);
  const cells = shown.map(row => columns.map(column => cellText(row[column]!)));
  const lengths = columns.map(
    (column, index) =>
      // Two more, so that columns do not touch.
      Math.max(column.length, ...cells.map(row => row[index]!.length), 4) + 2,
  );
  const all = lengths.reduce((sum, length) => sum + length, 0);
  const lefts = lengths.map((_, index) => x + (width * sumOf(lengths.slice(0, index))) / all);
  const head = columns.map((column, index) =>
    text(lefts[index]!, y + 13, column, { weight: 600, fill: FAINT }),
  );
  const body = cells.flatMap((row, number) => {
    const top = y + ROW_HEIGHT * (number + 1);
    return [
      line(x, top, x + width, top, GREY),
      ...row.map((cell, index) => text(lefts[index]!, top + 14, cell)),
    ];
  });
  return [...head, ...body].join("");
}

function cellText(value: Value): string {
  if (value instanceof Date) return value.toISOString().slice(0, 16).replace("T", " ");
  const words = toText(value);
  return words.length > 44 ? `${words.slice(0, 43)}…` : words;
}

interface Point {
  time: number;
  series: string;
  value: number;
}

/** Time runs to the right; bars of one time stand on each other. */
function drawChart(rows: readonly Row[], box: Box, visualization: Visualization): string {
  const points = rows.map(pointOf);
  const series = [...new Set(points.map(point => point.series))];
  const times = [...new Set(points.map(({ time }) => time))].sort((one, other) => one - other);
  const plot = { x: box.x + 34, y: box.y + 4, width: box.width - 40, height: box.height - 44 };
  const isBars = visualization === Visualization.bars;
  const most = isBars
    ? Math.max(
        ...times.map(time => sumOf(points.filter(point => point.time === time).map(({ value }) => value))),
      )
    : Math.max(...points.map(({ value }) => value));
  const top = niceAbove(most);
  const yOf = (value: number) => plot.y + plot.height - (plot.height * value) / top;
  const step = plot.width / times.length;
  const drawn = isBars ? drawBars : drawLines;
  return [
    ...[0, top / 2, top].flatMap(value => [
      line(plot.x, yOf(value), plot.x + plot.width, yOf(value), GREY),
      text(plot.x - 6, yOf(value) + 4, String(value), { size: 10, fill: FAINT, anchor: "end" }),
    ]),
    ...times
      .filter((_, index) => index % 6 === 0)
      .map(time =>
        text(plot.x + step * (times.indexOf(time) + 0.5), plot.y + plot.height + 14, clock(time), {
          size: 10,
          fill: FAINT,
          anchor: "middle",
        }),
      ),
    ...drawn(points, series, times, { plot, step, yOf }),
    ...drawLegend(series, plot.x, box.y + box.height - 6),
  ].join("");
}

interface Scale {
  plot: Box;
  step: number;
  yOf(value: number): number;
}

function drawBars(points: Point[], series: string[], times: number[], { plot, step, yOf }: Scale): string[] {
  return times.flatMap((time, column) => {
    let below = 0;
    return series.map((name, index) => {
      const value = valueAt(points, name, time) ?? 0;
      const [bottom, top] = [yOf(below), yOf(below + value)];
      below += value;
      return rectangle(plot.x + step * (column + 0.15), top, step * 0.7, bottom - top, colorOf(index));
    });
  });
}

function drawLines(points: Point[], series: string[], times: number[], { plot, step, yOf }: Scale): string[] {
  return series.map((name, index) => {
    const known = times.flatMap((time, column): [number, number][] => {
      const value = valueAt(points, name, time);
      return value === undefined ? [] : [[plot.x + step * (column + 0.5), yOf(value)]];
    });
    return polyline(known, colorOf(index));
  });
}

function drawLegend(series: string[], left: number, y: number): string[] {
  let x = left;
  return series.flatMap((name, index) => {
    const drawn = [rectangle(x, y - 8, 9, 9, colorOf(index)), text(x + 13, y, name, { size: 9 })];
    x += 24 + name.length * 5;
    return drawn;
  });
}

/** The one time, the one number and the one text of a row. */
function pointOf(row: Row): Point {
  const values = Object.values(row);
  const time = values.find(value => value instanceof Date)!;
  const value = values.find(each => typeof each === "number")!;
  return { time: time.getTime(), value, series: values.find(each => typeof each === "string") ?? "" };
}

function valueAt(points: Point[], series: string, time: number): number | undefined {
  return points.find(point => point.series === series && point.time === time)?.value;
}

function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 4, 6, 8, 10].map(factor => factor * power).find(nice => nice >= value)!;
}

function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}

function colorOf(index: number): string {
  return COLORS[index % COLORS.length]!;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
