import { feedPanels, type Panel, WORKBOOK_TITLE } from "../../components/monitoring/feedWorkbook.ts";
import { runKql } from "../../local/logAnalytics/kqlQuery.ts";
import { WORKSPACE_TABLES } from "../../local/logAnalytics/tables.ts";
import { drawPanel } from "./panelDrawing.ts";
import { NOW, sampleEvents, sampleTraces } from "./sampleTelemetry.ts";
import { element, rectangle, text } from "./svg.ts";

const COMPONENT_ID = "/sample/component";
const WIDTH = 1160;
const PANEL_HEIGHT = 216;
const GAP = 28;

/** The workbook as it looks on a made-up day: its own queries, run on sample telemetry, and drawn as the portal would. */
export function workbookPicture(): string {
  const eventsTable = "DefenderEvents_CL";
  const rows = { AppTraces: sampleTraces(COMPONENT_ID), [eventsTable]: sampleEvents() };
  const panels = feedPanels({ workspaceId: "/sample/workspace", componentId: COMPONENT_ID, eventsTable });
  const places = placesOf(panels);
  const height = Math.max(...places.map(({ y }) => y)) + PANEL_HEIGHT + GAP;
  const drawn = panels.map((panel, index) =>
    drawPanel(panel, runKql(panel.query, { schemas: WORKSPACE_TABLES, rows }, NOW), places[index]!),
  );
  const picture = [
    element("title", {}, WORKBOOK_TITLE),
    rectangle(0, 0, WIDTH, height, "#ffffff"),
    text(GAP, 40, WORKBOOK_TITLE, { size: 20, weight: 600 }),
    text(WIDTH - GAP, 40, "Time: last 24 hours", { fill: "#605e5c", anchor: "end" }),
    ...drawn,
  ];
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${WIDTH} ${height}`,
    "font-family": "Segoe UI, Helvetica, Arial, sans-serif",
  };
  return `${element("svg", attributes, `\n${picture.join("\n")}\n`)}\n`;
}

/** From left to right and then down, as far as the widths allow. */
function placesOf(panels: readonly Panel[]) {
  let [left, top] = [0, 0];
  return panels.map(({ width }) => {
    if (left + width > 100) [left, top] = [0, top + 1];
    const place = {
      x: GAP + ((WIDTH - GAP) * left) / 100,
      y: 64 + top * (PANEL_HEIGHT + GAP),
      width: ((WIDTH - GAP) * width) / 100 - GAP,
      height: PANEL_HEIGHT,
    };
    left += width;
    return place;
  });
}
