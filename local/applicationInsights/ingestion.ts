import { gunzipSync } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { createHttpsServer, listenOnLoopback } from "../entra/httpsServer.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { LocalTls } from "../tls.ts";
import { type Envelope, rowOf, type TelemetryRow, type TelemetryTable } from "./telemetryRow.ts";

/** An Application Insights component, as far as taking telemetry needs it. */
export interface TelemetryComponent {
  resourceId: string;
  /** Whether telemetry without an Entra token is refused. */
  disableLocalAuth: boolean;
}

export interface ApplicationInsightsSettings {
  tls: LocalTls;
  verifyToken: VerifyToken;
  findComponent(instrumentationKey: string): TelemetryComponent | undefined;
  /** Whether the principal holds Monitoring Metrics Publisher on the component. */
  mayPublish(principalObjectId: string, componentResourceId: string): boolean;
}

/** Where Application Insights components of the local tenant take telemetry. */
export interface ApplicationInsights {
  /** Ends in a slash, as in connection strings. */
  url: string;
  /** What was taken, the oldest first, as the tables of the workspace show it. */
  rows(table: TelemetryTable): readonly TelemetryRow[];
  close(): Promise<void>;
}

interface ItemError {
  index: number;
  statusCode: number;
  message: string;
}

/** Clouds differ in the audience; clients write it with and without the slash. */
const AUDIENCE = /^https:\/\/monitor\.azure\.(com|us|cn)\/?$/;

/**
 * Starts the ingestion endpoint that every Application Insights client posts to, whatever its language: an array of
 * items, or one to a line, gzipped or not. The answer counts what was taken and names each item that was not.
 */
export async function startApplicationInsights(
  settings: ApplicationInsightsSettings,
): Promise<ApplicationInsights> {
  const tables = new Map<TelemetryTable, TelemetryRow[]>();
  const server = createHttpsServer(settings.tls);
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.removeContentTypeParser("application/json");
  for (const version of ["v2", "v2.1"])
    server.post(`/${version}/track`, (request, reply) => track(request, reply, settings, tables));
  const origin = await listenOnLoopback(server);
  return {
    url: `${origin}/`,
    rows: table => tables.get(table) ?? [],
    close: () => server.close(),
  };
}

async function track(
  request: FastifyRequest,
  reply: FastifyReply,
  settings: ApplicationInsightsSettings,
  tables: Map<TelemetryTable, TelemetryRow[]>,
): Promise<FastifyReply> {
  const items = readItems(request);
  if (items === undefined) return send(reply, 0, [{ index: 0, statusCode: 400, message: "Invalid JSON" }]);
  const errors: ItemError[] = [];
  for (const [index, item] of items.entries()) {
    const refusal = await take(item, request.headers.authorization, settings, tables);
    if (refusal !== undefined) errors.push({ index, ...refusal });
  }
  return send(reply, items.length, errors);
}

/** One answer for all: 206 when only some were taken, else the status of the first refusal. */
function send(reply: FastifyReply, itemsReceived: number, errors: ItemError[]): FastifyReply {
  const itemsAccepted = Math.max(0, itemsReceived - errors.length);
  const status = errors.length === 0 ? 200 : itemsAccepted > 0 ? 206 : errors[0]!.statusCode;
  return reply.code(status).send({ itemsReceived, itemsAccepted, appId: null, errors });
}

async function take(
  item: Envelope,
  authorization: string | undefined,
  settings: ApplicationInsightsSettings,
  tables: Map<TelemetryTable, TelemetryRow[]>,
): Promise<Omit<ItemError, "index"> | undefined> {
  const component = settings.findComponent(String(item.iKey));
  if (component === undefined) return { statusCode: 400, message: "Invalid instrumentation key" };
  const refusal = await refusalOf(component, authorization, settings);
  if (refusal !== undefined) return refusal;
  if (Number.isNaN(Date.parse(item.time)))
    return { statusCode: 400, message: "Field 'time' on type 'Envelope' is required but missing or empty." };
  const taken = rowOf(item, component.resourceId);
  if (taken === undefined)
    return { statusCode: 400, message: `Telemetry of type '${item.data?.baseType}' is not known.` };
  tables.set(taken.table, [...(tables.get(taken.table) ?? []), taken.row]);
  return undefined;
}

/** https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication#troubleshooting */
async function refusalOf(
  { resourceId, disableLocalAuth }: TelemetryComponent,
  authorization: string | undefined,
  { verifyToken, mayPublish }: ApplicationInsightsSettings,
): Promise<Omit<ItemError, "index"> | undefined> {
  const unauthorized = {
    statusCode: 401,
    message: "Unauthorized - please provide the valid authorization token",
  };
  const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return disableLocalAuth ? unauthorized : undefined;
  const claims = await verifyToken(token).catch(() => undefined);
  if (claims === undefined || !AUDIENCE.test(String(claims.aud))) return unauthorized;
  if (mayPublish(String(claims.oid), resourceId)) return undefined;
  return {
    statusCode: 403,
    message:
      "Forbidden - provided credentials do not grant the access to ingest the telemetry into the component",
  };
}

function readItems({ body, headers }: FastifyRequest): Envelope[] | undefined {
  const bytes = (body ?? Buffer.alloc(0)) as Buffer;
  try {
    const text = (headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString().trim();
    if (text.startsWith("[")) return JSON.parse(text);
    return text.split("\n").map(line => JSON.parse(line));
  } catch {
    return undefined;
  }
}
