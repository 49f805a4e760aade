/**
 * The items of an Azure workbook that are used here, in the form of its JSON ("Gallery template").
 * https://github.com/microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json
 */
export interface WorkbookDocument {
  version: "Notebook/1.0";
  items: WorkbookItem[];
  /** What queries ask that name no resource of their own. */
  fallbackResourceIds: string[];
  $schema: "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json";
}

export type WorkbookItem = TextItem | ParametersItem | QueryItem;

/** Markdown. */
export interface TextItem {
  type: 1;
  name: string;
  content: { json: string };
}

/** What a reader may choose at the top. */
export interface ParametersItem {
  type: 9;
  name: string;
  content: {
    version: "KqlParameterItem/1.0";
    style: "pills";
    queryType: 0;
    parameters: TimeRangeParameter[];
  };
}

export interface TimeRangeParameter {
  /** A GUID. */
  id: string;
  version: "KqlParameterItem/1.0";
  name: string;
  label: string;
  /** A time range picker. */
  type: 4;
  isRequired: true;
  value: { durationMs: number };
  typeSettings: { selectableValues: { durationMs: number }[] };
}

export const Visualization = { table: "table", timeChart: "timechart", bars: "barchart" } as const;
export type Visualization = (typeof Visualization)[keyof typeof Visualization];

/** A query against the workspace, and how its rows are shown. */
export interface QueryItem {
  type: 3;
  name: string;
  /** Percent of the page. */
  customWidth: string;
  content: {
    version: "KqlItem/1.0";
    title: string;
    query: string;
    /** Medium, small. */
    size: 0 | 1;
    /** From the parameter of that name, so that the query itself says nothing of time. */
    timeContextFromParameter: string;
    /** Logs. */
    queryType: 0;
    resourceType: "microsoft.operationalinsights/workspaces";
    crossComponentResources: string[];
    visualization: Visualization;
    noDataMessage: string;
  };
}
