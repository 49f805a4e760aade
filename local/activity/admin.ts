import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { contentItem } from "./contentItems.ts";
import { CONTENT_TYPES, type ContentType, findContentType } from "./contentTypes.ts";
import { readEventLines } from "./eventLines.ts";
import type { Fault } from "./faultDefinition.ts";
import type { PublishOptions } from "./publishing.ts";
import type { ActivityService, Whose } from "./service.ts";

/** An hour of a large tenant in one file. */
const LARGEST_BODY_BYTES = 512 * 1024 * 1024;

export interface ActivityAdmin {
  /** Scheme, host and port, without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

const ROUTES: Readonly<Record<string, string>> = {
  "GET /admin": "this list",
  "POST /admin/events?contentType=":
    "publishes the events of an NDJSON body byte for byte; &tenantId= &created= &listedAt= &eventsPerBlob= &duplicateShare= &shuffle=",
  "GET /admin/subscriptions": "the subscriptions of every application",
  "POST /admin/subscriptions/disable?contentType=": "disables them; &clientId= &tenantId=",
  "POST /admin/subscriptions/remove?contentType=": "forgets them; &clientId= &tenantId=",
  "POST /admin/webhooks/disable?contentType=": "disables their webhooks; &clientId= &tenantId=",
  "POST /admin/webhooks/remove?contentType=": "drops their webhooks; &clientId= &tenantId=",
  "GET /admin/faults": "the faults that are still to come",
  "POST /admin/faults": 'sets a fault, such as {"operation":"blob","times":3,"effect":{"kind":"html"}}',
  "DELETE /admin/faults": "clears all faults",
  "GET /admin/requests": "the requests seen, without any credential",
  "DELETE /admin/requests": "forgets them",
  "GET /admin/knobs": "how the service behaves",
  "PATCH /admin/knobs": 'changes that, such as {"pageSize":10}',
};

/** Opens the service for what happens behind the back of its clients, over plain http on the loopback interface. */
export async function startActivityAdmin(service: ActivityService): Promise<ActivityAdmin> {
  const app = Fastify({ bodyLimit: LARGEST_BODY_BYTES, forceCloseConnections: true });
  // curl announces every body as a form, so that the content type says nothing.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
    reply.code(error instanceof TypeError ? 400 : (error.statusCode ?? 500)).send({ error: error.message }),
  );
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `There is no ${request.method} ${request.url}.`, routes: ROUTES }),
  );
  app.get("/admin", () => ({ routes: ROUTES }));
  addEventRoutes(app, service);
  addSubscriptionRoutes(app, service);
  addBehaviorRoutes(app, service);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { url, close: () => app.close() };
}

function addEventRoutes(app: FastifyInstance, service: ActivityService): void {
  app.post("/admin/events", request => {
    const contentType = requiredContentType(request);
    const events = readEventLines(bytesOf(request));
    const blobs = service.publish(contentType, events, publishOptions(service, request));
    return {
      events: events.length,
      blobs: blobs.map(blob => ({
        ...contentItem(blob, service.state.origin),
        listedAt: new Date(blob.listedAt).toISOString(),
      })),
    };
  });
  app.get("/admin/requests", () => ({ requests: service.requests() }));
  app.delete("/admin/requests", () => {
    service.clearRequests();
    return { requests: [] };
  });
}

function addSubscriptionRoutes(app: FastifyInstance, service: ActivityService): void {
  app.get("/admin/subscriptions", () => ({ subscriptions: service.subscriptions() }));
  const changes = {
    "/admin/subscriptions/disable": service.disable,
    "/admin/subscriptions/remove": service.remove,
    "/admin/webhooks/disable": service.disableWebhook,
    "/admin/webhooks/remove": service.removeWebhook,
  };
  for (const [path, change] of Object.entries(changes)) {
    app.post(path, (request, reply) => {
      const contentType = requiredContentType(request);
      const changed = change.call(service, contentType, whose(service, request));
      if (changed > 0) return { changed, subscriptions: service.subscriptions({ contentType }) };
      return reply.code(404).send({ error: nothingToChange(service, path, contentType) });
    });
  }
}

function addBehaviorRoutes(app: FastifyInstance, service: ActivityService): void {
  app.get("/admin/faults", () => ({ faults: service.faults() }));
  app.post("/admin/faults", request => {
    for (const fault of [jsonOf(request)].flat()) service.setFault(fault as Fault);
    return { faults: service.faults() };
  });
  app.delete("/admin/faults", () => {
    service.clearFaults();
    return { faults: [] };
  });
  app.get("/admin/knobs", () => service.knobs);
  app.patch("/admin/knobs", request => {
    service.turnKnobs(jsonOf(request));
    return service.knobs;
  });
}

function publishOptions(service: ActivityService, request: FastifyRequest): PublishOptions {
  const { tenantId } = whose(service, request);
  return {
    tenantId,
    created: time(request, "created"),
    listedAt: time(request, "listedAt"),
    eventsPerBlob: number(request, "eventsPerBlob", 1, Number.MAX_SAFE_INTEGER),
    duplicateShare: number(request, "duplicateShare", 0, 1),
    shuffle: yesOrNo(request, "shuffle"),
  };
}

function requiredContentType(request: FastifyRequest): ContentType {
  const value = parameter(request, "contentType");
  const contentType = findContentType(value ?? "");
  if (contentType !== undefined) return contentType;
  const wrong = value === undefined ? "contentType is missing" : `"${value}" is not a content type`;
  throw new TypeError(`${wrong}. Add ?contentType= with one of ${CONTENT_TYPES.join(", ")}.`);
}

function whose(service: ActivityService, request: FastifyRequest): Whose {
  const tenantId = parameter(request, "tenantId");
  const { tenantIds } = service.state;
  if (tenantId !== undefined && !tenantIds.includes(tenantId)) {
    throw new TypeError(`There is no tenant ${tenantId} here. The tenants are ${tenantIds.join(", ")}.`);
  }
  return { tenantId, clientId: parameter(request, "clientId") };
}

function nothingToChange(service: ActivityService, path: string, contentType: ContentType): string {
  const existing = service.subscriptions().map(found => `${found.contentType} of ${found.clientId}`);
  return (
    `Nothing to do for ${path}: no such subscription to ${contentType}` +
    `${path.includes("webhooks") ? " with a webhook" : ""}. ` +
    `The subscriptions are: ${existing.join(", ") || "none"}.`
  );
}

function time(request: FastifyRequest, name: string): Date | undefined {
  const value = parameter(request, name);
  if (value === undefined) return undefined;
  const at = new Date(value);
  if (!Number.isNaN(at.getTime())) return at;
  throw new TypeError(`${name} cannot be "${value}"; use an ISO 8601 time such as 2026-01-05T08:00:00Z.`);
}

function number(request: FastifyRequest, name: string, least: number, most: number): number | undefined {
  const value = parameter(request, name);
  if (value === undefined) return undefined;
  if (value.trim() !== "" && Number(value) >= least && Number(value) <= most) return Number(value);
  throw new TypeError(`${name} cannot be "${value}"; use a number from ${least} to ${most}.`);
}

function yesOrNo(request: FastifyRequest, name: string): boolean | undefined {
  const value = parameter(request, name);
  if (value === undefined) return undefined;
  if (value === "true" || value === "false") return value === "true";
  throw new TypeError(`${name} cannot be "${value}"; use true or false.`);
}

function parameter(request: FastifyRequest, name: string): string | undefined {
  return new URL(request.url, "http://localhost").searchParams.get(name) ?? undefined;
}

function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function jsonOf(request: FastifyRequest): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytesOf(request).toString());
  } catch (error) {
    throw new TypeError(`The body is not JSON: ${(error as Error).message}.`);
  }
  if (typeof parsed === "object" && parsed !== null) return parsed;
  throw new TypeError("The body must be a JSON object.");
}
