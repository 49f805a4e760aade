/** An element of a picture, as text. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content = "",
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return content === ""
    ? `<${name}${written.join("")}/>`
    : `<${name}${written.join("")}>${content}</${name}>`;
}

export interface TextStyle {
  size?: number;
  weight?: number;
  fill?: string;
  anchor?: "start" | "middle" | "end";
}

export function text(x: number, y: number, words: string, style: TextStyle = {}): string {
  const { size = 11, weight = 400, fill = "#323130", anchor = "start" } = style;
  const attributes = { x, y, "font-size": size, "font-weight": weight, fill, "text-anchor": anchor };
  return element("text", attributes, escaped(words));
}

export function rectangle(x: number, y: number, width: number, height: number, fill: string): string {
  return element("rect", { x: round(x), y: round(y), width: round(width), height: round(height), fill });
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string): string {
  return element("line", { x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2), stroke });
}

export function polyline(points: readonly [number, number][], stroke: string): string {
  const written = points.map(([x, y]) => `${round(x)},${round(y)}`).join(" ");
  return element("polyline", { points: written, fill: "none", stroke, "stroke-width": 1.5 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(words: string): string {
  return words
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
