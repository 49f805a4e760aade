import type { Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { holdsRole, type RoleAssignment } from "../azure/heldRoles.ts";
import { createHttpsServer, listenOnLoopback } from "../entra/httpsServer.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { LocalTls } from "../tls.ts";
import { type IngestedRow, ingestedRow, type StreamColumn } from "./ingestedRow.ts";
import {
  badRequest,
  forbidden,
  IngestionRefusal,
  ruleNotFound,
  streamNotFound,
  tooLarge,
  unauthenticated,
} from "./ingestionRefusal.ts";

export interface IngestionRule {
  immutableId: string;
  /** Resource id, on which roles are granted. */
  resourceId: string;
  /** The streams that the rule declares, by name. */
  streams: Readonly<Record<string, readonly StreamColumn[]>>;
}

export interface LogsIngestionSettings {
  tls: LocalTls;
  /** Checks an access token and gives its claims; any audience will do. */
  verifyToken: VerifyToken;
  /** The role assignments as they are now; asked for each call. */
  roleAssignments(): readonly RoleAssignment[];
  /** The data collection rules as they are now. */
  rules(): readonly IngestionRule[];
  /** What a call may carry, compressed and not. Defaults to a megabyte. */
  longestCallBytes?: number;
}

/** An answer in place of taking rows. */
export interface IngestionFault {
  status: 429 | 500 | 503;
  /** How many calls get it. Defaults to 1. */
  count?: number;
  /** Defaults to none. */
  retryAfterSeconds?: number;
}

/** A call that was taken. */
export interface IngestionCall {
  ruleId: string;
  stream: string;
  /** The JSON as it was sent, uncompressed. */
  body: string;
}

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/monitor */
const MONITORING_METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb";

const AUDIENCE = /^https:\/\/monitor\.azure\.(com|us)\/{0,2}$/;

/** Starts the endpoint of the local tenant's data collection rules: HTTPS, by token and role only. */
export async function startLogsIngestion(settings: LogsIngestionSettings): Promise<LocalLogsIngestion> {
  const server = createHttpsServer(settings.tls);
  const ingestion = new LocalLogsIngestion(settings, server);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: 32 * 1024 * 1024 },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  server.post("/dataCollectionRules/:ruleId/streams/:stream", async (request, reply) => {
    await ingestion.take(request);
    return reply.status(204).send();
  });
  server.setErrorHandler((error, _request, reply) => refuse(error, reply));
  ingestion.url = await listenOnLoopback(server);
  return ingestion;
}

function refuse(error: unknown, reply: FastifyReply): FastifyReply {
  if (!(error instanceof IngestionRefusal)) throw error;
  const { status, code, message, retryAfterSeconds } = error;
  if (retryAfterSeconds !== undefined) reply.header("retry-after", String(retryAfterSeconds));
  return reply.status(status).header("x-ms-error-code", code).send({ error: { code, message } });
}

/** The data collection endpoint of the local tenant, from behind: what arrived, and faults. */
export class LocalLogsIngestion {
  /** The endpoint of every rule. */
  url = "";
  readonly #settings: LogsIngestionSettings;
  readonly #server: FastifyInstance;
  readonly #calls: IngestionCall[] = [];
  readonly #rows = new Map<string, IngestedRow[]>();
  readonly #faults: { fault: IngestionFault; left: number }[] = [];
  readonly #sockets = new Set<Socket>();
  #isDown = false;

  constructor(settings: LogsIngestionSettings, server: FastifyInstance) {
    this.#settings = settings;
    this.#server = server;
    server.server.on("connection", socket => this.#accept(socket));
  }

  /** The calls that were taken, the oldest first. */
  calls(): readonly IngestionCall[] {
    return this.#calls;
  }

  /** The rows that a stream has taken, as a query shows them. */
  rows(ruleId: string, stream: string): readonly IngestedRow[] {
    return this.#rows.get(`${ruleId} ${stream}`) ?? [];
  }

  /** Lets calls fail that would have been taken. */
  setFault(fault: IngestionFault): void {
    this.#faults.push({ fault, left: fault.count ?? 1 });
  }

  /** While it is down, every connection is cut, also those that are open. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown;
    if (isDown) for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  /** @throws IngestionRefusal */
  async take(request: FastifyRequest): Promise<void> {
    const { ruleId, stream } = request.params as { ruleId: string; stream: string };
    const principal = await this.#authenticate(request);
    const rule = this.#settings.rules().find(({ immutableId }) => immutableId === ruleId);
    if (rule === undefined) throw ruleNotFound(ruleId);
    const assignments = this.#settings.roleAssignments();
    if (!holdsRole(assignments, principal, [MONITORING_METRICS_PUBLISHER], rule.resourceId))
      throw forbidden(ruleId);
    const columns = rule.streams[stream];
    if (columns === undefined) throw streamNotFound(stream);
    this.#failOnOrder();
    const body = this.#uncompressed(request);
    const rows = parseRows(body).map(row => ingestedRow(row, columns));
    this.#calls.push({ ruleId, stream, body });
    this.#rows.set(`${ruleId} ${stream}`, [...this.rows(ruleId, stream), ...rows]);
  }

  async #authenticate(request: FastifyRequest): Promise<string> {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) throw unauthenticated("There is none.");
    const { aud, oid } = await this.#settings.verifyToken(token).catch((error: Error) => {
      throw unauthenticated(error.message);
    });
    if (!AUDIENCE.test(String(aud))) throw unauthenticated(`The audience '${aud}' is not Azure Monitor's.`);
    return String(oid);
  }

  #failOnOrder(): void {
    const pending = this.#faults.find(({ left }) => left > 0);
    if (pending === undefined) return;
    pending.left -= 1;
    const { status, retryAfterSeconds } = pending.fault;
    const [code, message] =
      status === 429
        ? (["TooManyRequests", "The data volume or the request rate is over the limit of the rule."] as const)
        : (["InternalServerError", "The service has met an error. Try again."] as const);
    throw new IngestionRefusal(status, code, message, retryAfterSeconds);
  }

  #uncompressed({ body, headers }: FastifyRequest): string {
    const limit = this.#settings.longestCallBytes ?? 1_048_576;
    const sent = body as Buffer;
    if (sent.length > limit) throw tooLarge(limit);
    if (headers["content-encoding"] !== "gzip") return sent.toString();
    try {
      return gunzipSync(sent, { maxOutputLength: limit }).toString();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit);
      throw badRequest("The body is not gzip.");
    }
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#isDown) socket.destroy();
  }
}

function parseRows(body: string): Record<string, unknown>[] {
  let rows: unknown;
  try {
    rows = JSON.parse(body);
  } catch {
    throw badRequest("The body is not JSON.");
  }
  const isRow = (row: unknown) => typeof row === "object" && row !== null && !Array.isArray(row);
  if (Array.isArray(rows) && rows.every(isRow)) return rows;
  throw badRequest("The body is not a JSON array of objects.");
}
