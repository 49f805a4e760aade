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

/** A box with rounded corners. */
export function frame(
  x: number,
  y: number,
  width: number,
  height: number,
  { fill, isDashed }: { fill: string; isDashed: boolean },
): string {
  const place = { x: round(x), y: round(y), width: round(width), height: round(height), rx: 6 };
  return element("rect", {
    ...place,
    fill,
    stroke: "#8a8886",
    ...(isDashed ? { "stroke-dasharray": "4 3" } : {}),
  });
}

/** A smooth line through points from top to bottom, with an arrow at its end. */
export function curve(points: readonly { x: number; y: number }[], stroke: string): string {
  const [first, ...others] = points.map(({ x, y }) => ({ x: round(x), y: round(y) }));
  let path = `M${first!.x},${first!.y}`;
  let from = first!;
  for (const to of others) {
    const middle = round((from.y + to.y) / 2);
    path += ` C${from.x},${middle} ${to.x},${middle} ${to.x},${to.y}`;
    from = to;
  }
  const { x, y } = from;
  const arrow = `M${round(x - 4)},${round(y - 7)} L${x},${y} L${round(x + 4)},${round(y - 7)}`;
  return element("path", { d: `${path} ${arrow}`, fill: "none", stroke });
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
