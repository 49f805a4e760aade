import { type Edge, Graph, layout } from "@dagrejs/dagre";
import { FOLDERS, OUTSIDE } from "./folders.ts";
import { importGraph, withoutShortcuts } from "./importGraph.ts";
import { curve, element, frame, rectangle, text } from "./svg.ts";

const BOX = { width: 232, height: 46 };
const MARGIN = 24;
const LINE = "#8a8886";
const COLOURS = {
  components: "#e8f1fb",
  poller: "#fdf0e2",
  shared: "#e7f4e8",
  command: "#f3f2f1",
  outside: "#ffffff",
};

interface Placed {
  x: number;
  y: number;
}

/** The folders and who uses whom, from the imports as they are, with the two flows that come in at the top. */
export function architecturePicture(): string {
  const graph = draft();
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const picture = [
    element("title", {}, "Folders of defender-siem, and who uses whom"),
    rectangle(0, 0, width, height, "#ffffff"),
    ...graph
      .edges()
      .map((edge: Edge) => arrow(graph.edge(edge).points, graph.node(edge.v), graph.node(edge.w))),
    ...Object.entries(FOLDERS).map(([folder, what]) =>
      box(folder, what, graph.node(folder), colourOf(folder)),
    ),
    ...OUTSIDE.map(({ name, what }) => box(name, what, graph.node(name), COLOURS.outside)),
  ];
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
    "font-family": "Segoe UI, Helvetica, Arial, sans-serif",
  };
  return `${element("svg", attributes, `\n${picture.join("\n")}\n`)}\n`;
}

function draft() {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 26, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  for (const folder of Object.keys(FOLDERS)) graph.setNode(folder, { ...BOX });
  for (const [from, used] of withoutShortcuts(importGraph(Object.keys(FOLDERS))))
    for (const to of used) graph.setEdge(from, to, {});
  for (const { name, folder, isCaller } of OUTSIDE) {
    graph.setNode(name, { ...BOX });
    if (isCaller) graph.setEdge(name, folder, {});
    else graph.setEdge(folder, name, {});
  }
  return graph;
}

/** From the lower edge of a box to the upper edge of another: a line that comes in from the side is hard to follow. */
function arrow(points: readonly Placed[], from: Placed, to: Placed): string {
  const start = { x: within(points[0]!.x, from), y: from.y + BOX.height / 2 };
  const end = { x: within(points.at(-1)!.x, to), y: to.y - BOX.height / 2 };
  return curve([start, ...points.slice(1, -1), end], LINE);
}

function within(x: number, { x: centre }: Placed): number {
  const reach = BOX.width / 2 - 20;
  return Math.min(Math.max(x, centre - reach), centre + reach);
}

function box(name: string, what: string, { x, y }: Placed, fill: string): string {
  const isOutside = fill === COLOURS.outside;
  return [
    frame(x - BOX.width / 2, y - BOX.height / 2, BOX.width, BOX.height, { fill, isDashed: isOutside }),
    text(x, y - 4, name, { size: 13, weight: 600, anchor: "middle" }),
    text(x, y + 13, what, { fill: "#605e5c", anchor: "middle" }),
  ].join("\n");
}

function colourOf(folder: string): string {
  if (folder === "activity-api") return COLOURS.shared;
  if (folder === "doctor" || folder === "command") return COLOURS.command;
  return folder === "poller" ? COLOURS.poller : COLOURS.components;
}
