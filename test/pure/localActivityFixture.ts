import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { ContentItem } from "../../local/activity/contentItems.ts";
import { type ActivityApiSettings, startActivityApi } from "../../local/activity/server.ts";
import type { ActivityService } from "../../local/activity/service.ts";
import { createCertificateAuthority, type LocalTls, trustInThisProcess } from "../../local/tls.ts";

export const TENANT = "11111111-2222-4333-8444-555555555555";
export const OTHER_TENANT = "22222222-2222-4333-8444-555555555555";
export const CLIENT = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
export const OTHER_CLIENT = "0b7c1a52-2a64-4d51-9d3c-4a1c1d5f6e77";
export const AUDIENCE = "https://manage.office.com";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Where every test begins, unless it moves the clock. */
export const MORNING = Date.parse("2026-01-05T08:00:00Z");

export interface Reply {
  status: number;
  /** Names in lower case. */
  headers: IncomingMessage["headers"];
  /** Names and values in turn, as they came over the wire. */
  rawHeaders: string[];
  body: string;
  /** The pieces in which the body arrived. */
  pieces: number;
}

export interface Question {
  method?: string;
  /** Bearer token; null sends none. Defaults to one that the service accepts. */
  token?: string | null;
  body?: string;
  headers?: Record<string, string>;
}

export interface ActivityFixture {
  url: string;
  tls: LocalTls;
  service: ActivityService;
  /** Milliseconds since 1970, for the test to move. */
  clock: { now: number };
  /** Asks for a path below the feed of TENANT, or for an absolute URL. */
  ask(target: string, question?: Question): Promise<Reply>;
  start(contentType?: string, question?: Question): Promise<Reply>;
  stop(contentType?: string, question?: Question): Promise<Reply>;
  list(question?: Question): Promise<unknown>;
  /** The first page of content created around the clock's time. */
  content(contentType?: string): Promise<ContentItem[]>;
}

/** The API on a clock that stands still, closed when the test has finished. */
export async function startFixture(settings: Partial<ActivityApiSettings> = {}): Promise<ActivityFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), "local-activity-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  const clock = { now: MORNING };
  const { url, service, close } = await startActivityApi({
    tls,
    tenantId: TENANT,
    audience: AUDIENCE,
    verifyToken,
    now: () => clock.now,
    ...settings,
  });
  onTestFinished(async () => {
    await close();
    await rm(folder, { recursive: true });
  });

  const root = `${url}/api/v1.0/${TENANT}/activity/feed/`;
  const ask = (target: string, question: Question = {}) =>
    send(target.startsWith("https:") ? target : root + target, tls.ca, question);
  return {
    url,
    tls,
    service,
    clock,
    ask,
    start: (contentType = "Audit.General", question = {}) =>
      ask(`subscriptions/start?contentType=${contentType}`, { method: "POST", ...question }),
    stop: (contentType = "Audit.General", question = {}) =>
      ask(`subscriptions/stop?contentType=${contentType}`, { method: "POST", ...question }),
    list: async question => JSON.parse((await ask("subscriptions/list", question)).body),
    content: async (contentType = "Audit.General") =>
      JSON.parse(
        (await ask(contentPath({ contentType, from: clock.now - HOUR, to: clock.now + HOUR }))).body,
      ),
  };
}

export interface ContentQuestion {
  contentType?: string;
  from: number;
  to: number;
}

export function contentPath({ contentType = "Audit.General", from, to }: ContentQuestion): string {
  const times = `startTime=${zoneless(from)}&endTime=${zoneless(to)}`;
  return `subscriptions/content?contentType=${contentType}&${times}`;
}

export function zoneless(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

/** A token that `verifyToken` accepts, with other claims where given. */
export function tokenWith(claims: Record<string, unknown> = {}): string {
  const usual = { aud: AUDIENCE, tid: TENANT, appid: CLIENT, roles: ["ActivityFeed.Read"] };
  return Buffer.from(JSON.stringify({ ...usual, ...claims })).toString("base64url");
}

export function errorCode(reply: Reply): string {
  return JSON.parse(reply.body).error.code;
}

/** Whatever decodes is signed, as far as these tests are concerned: Entra's are elsewhere. */
async function verifyToken(token: string): Promise<object> {
  return JSON.parse(Buffer.from(token, "base64url").toString());
}

function send(url: string, ca: string, question: Question): Promise<Reply> {
  const { method = "GET", token = tokenWith(), body = "", headers = {} } = question;
  const authorization: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, ca, headers: { ...authorization, ...headers } }, incoming => {
      const chunks: Buffer[] = [];
      incoming.on("data", chunk => chunks.push(chunk));
      incoming.on("error", error => {
        reject(Object.assign(error, { received: Buffer.concat(chunks).toString() }));
      });
      incoming.on("end", () => {
        const { statusCode = 0, headers, rawHeaders } = incoming;
        const body = Buffer.concat(chunks).toString();
        resolve({ status: statusCode, headers, rawHeaders, body, pieces: chunks.length });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
