import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type Answer, errorAnswer } from "./answer.ts";
import { answerRequest, type TokenPolicy } from "./answerRequest.ts";
import type { VerifyToken } from "./authorization.ts";
import { unknownRoute } from "./errors.ts";
import { OPERATION_PATHS, OPERATIONS, type Operation } from "./operation.ts";
import type { SeenRequest } from "./requestLog.ts";
import { readParameters } from "./requestParameters.ts";
import { sendAnswer } from "./sendAnswer.ts";
import { ActivityService, type ActivityServiceSettings } from "./service.ts";

const WEBHOOK_TICK_MILLISECONDS = 1000;

/** Content ids have up to 120 characters. */
const MAX_PARAMETER_LENGTH = 500;

/** As long as IIS keeps an idle connection, so that clients do not send into one that is just being closed. */
const KEEP_ALIVE_MILLISECONDS = 120_000;

export interface ActivityApiSettings extends ActivityServiceSettings {
  /** Key and certificate in PEM. */
  tls: { key: string; cert: string };
  verifyToken: VerifyToken;
  /** What tokens must be meant for; one per cloud that is served. */
  audience: string | readonly string[];
}

export interface ActivityApi {
  /** Scheme, host and port, without a slash at the end. */
  url: string;
  service: ActivityService;
  close(): Promise<void>;
}

/** Starts the Office 365 Management Activity API on a free port of the loopback interface. */
export async function startActivityApi(settings: ActivityApiSettings): Promise<ActivityApi> {
  const service = new ActivityService(settings);
  const audiences = typeof settings.audience === "string" ? [settings.audience] : settings.audience;
  const app = createApp(settings.tls);
  addRoutes(app, service, { verifyToken: settings.verifyToken, audiences });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  service.state.origin = url;
  const ticking = setInterval(() => void service.deliverNotifications(), WEBHOOK_TICK_MILLISECONDS);
  return {
    url,
    service,
    close: async () => {
      clearInterval(ticking);
      await app.close();
    },
  };
}

function createApp({ key, cert }: ActivityApiSettings["tls"]): FastifyInstance {
  const app = Fastify({
    https: { key, cert },
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    forceCloseConnections: true,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: MAX_PARAMETER_LENGTH },
  });
  // The service reads a body as text whatever its content type says, and looks at it in start only.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  return app as unknown as FastifyInstance;
}

/** Every method is routed, so that a wrong one is answered with 405 and not with 404. */
function addRoutes(app: FastifyInstance, service: ActivityService, tokens: TokenPolicy): void {
  for (const version of ["v1.0", "v1"]) {
    for (const operation of OPERATIONS) {
      app.all(`/api/${version}/:tenantId/activity/feed/${OPERATION_PATHS[operation]}`, (request, reply) =>
        handle(service, tokens, operation, request, reply),
      );
    }
  }
  app.setNotFoundHandler((request, reply) => refuse(service, request, reply));
}

async function handle(
  service: ActivityService,
  tokens: TokenPolicy,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { tenantId = "", contentId } = request.params as Record<string, string | undefined>;
  const parameters = readParameters(request.url.slice(pathOf(request).length));
  const seen = service.state.requests.add({
    ...seenRequest(service, request, operation),
    tenantId,
    contentId,
    ...parameters,
  });
  const answer = await answerRequest(
    service.state,
    tokens,
    {
      method: request.method,
      operation,
      tenantId,
      contentId,
      parameters,
      origin: originOf(request),
      url: request.url,
      headers: request.headers,
      body: typeof request.body === "string" ? request.body : "",
    },
    seen,
  );
  await send(service, request, reply, answer, seen);
}

async function refuse(service: ActivityService, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const seen = service.state.requests.add(seenRequest(service, request, null));
  const answer = errorAnswer(unknownRoute(`${originOf(request)}${request.url}`), false)!;
  await send(service, request, reply, answer, seen);
}

async function send(
  service: ActivityService,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
  seen: SeenRequest,
): Promise<void> {
  reply.hijack();
  const unanswered = answer.transfer?.kind === "reset" || answer.transfer?.kind === "silent";
  seen.status = unanswered ? null : answer.status;
  const accepted = String(request.headers["accept-encoding"] ?? "");
  await sendAnswer(reply.raw, answer, {
    now: service.now(),
    compress: service.knobs.gzip && /\bgzip\b/i.test(accepted),
  });
}

function seenRequest(
  service: ActivityService,
  request: FastifyRequest,
  operation: Operation | null,
): SeenRequest {
  return {
    at: new Date(service.now()).toISOString(),
    method: request.method,
    path: pathOf(request),
    operation,
    status: null,
  };
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0]!;
}

/** Links lead back to the name that the client used, be it 127.0.0.1 or localhost. */
function originOf(request: FastifyRequest): string {
  return `https://${request.host}`;
}
