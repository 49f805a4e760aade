import { setTimeout as delay } from "node:timers/promises";
import { type Answer, errorAnswer } from "./answer.ts";
import { authenticate, authorizedTenant, requirePermission, type VerifyToken } from "./authorization.ts";
import type { Call } from "./call.ts";
import { type ContentType, findContentType } from "./contentTypes.ts";
import { AspNetError, FeedError, feedError, methodNotAllowed } from "./errors.ts";
import { answerInstead, spoiltAnswer } from "./faultEffects.ts";
import { METHODS, OPERATION_NAMES, OPERATIONS_WITH_CONTENT_TYPE, type Operation } from "./operation.ts";
import { perform } from "./perform.ts";
import type { SeenRequest } from "./requestLog.ts";
import { isGuid, NO_PUBLISHER, type RequestParameters } from "./requestParameters.ts";
import type { ServiceState } from "./serviceState.ts";

/** A request whose path is one of the API's. */
export interface ApiRequest {
  method: string;
  operation: Operation;
  /** As written in the path. */
  tenantId: string;
  contentId: string | undefined;
  parameters: RequestParameters;
  origin: string;
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export interface TokenPolicy {
  verifyToken: VerifyToken;
  audiences: readonly string[];
}

/** Answers a request and completes its entry in the log. Errors of the API become answers, others are thrown. */
export async function answerRequest(
  state: ServiceState,
  tokens: TokenPolicy,
  request: ApiRequest,
  seen: SeenRequest,
): Promise<Answer> {
  const { latencyMilliseconds } = state.knobs;
  if (latencyMilliseconds > 0) await delay(latencyMilliseconds);
  return withErrorsAnswered(state, async () => {
    const call = await admit(state, tokens, request, seen);
    const effect = state.faults.take(call);
    if (effect === undefined) return checkAndPerform(state, call);

    seen.fault = effect.kind;
    const instead = answerInstead(effect, call);
    if (instead !== undefined) return instead;
    const answer = await withErrorsAnswered(state, () => checkAndPerform(state, call));
    return spoiltAnswer(effect, answer, call, state.knobs);
  });
}

/**
 * Who asks, and may they: method, token, tenant, permission, quota. The real order is unknown; in this one the most
 * helpful error comes first.
 */
async function admit(
  state: ServiceState,
  tokens: TokenPolicy,
  request: ApiRequest,
  seen: SeenRequest,
): Promise<Call> {
  requireMethod(state, request);
  const { authorization } = request.headers;
  const caller = await authenticate(one(authorization), tokens.verifyToken, tokens.audiences);
  seen.clientId = caller.clientId;
  const tenantId = authorizedTenant(request.tenantId, caller, state.tenantIds);
  const contentType = contentTypeOf(state, request);
  requirePermission(caller, contentType);
  requireQuota(state, request, tenantId);
  return {
    ...request,
    tenantId,
    clientId: caller.clientId,
    contentType,
    acceptLanguage: one(request.headers["accept-language"]),
  };
}

async function checkAndPerform(state: ServiceState, call: Call): Promise<Answer> {
  const { publisherIdentifier, contentType } = call.parameters;
  if (publisherIdentifier !== undefined && !isGuid(publisherIdentifier)) {
    throw feedError("AF20002", "PublisherIdentifier", "guid");
  }
  if (OPERATIONS_WITH_CONTENT_TYPE.includes(call.operation)) {
    if (!contentType) throw feedError("AF20001", "contentType");
    if (call.contentType === undefined) throw feedError("AF20020");
  }
  return perform(state, call);
}

async function withErrorsAnswered(state: ServiceState, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    const answer = errorAnswer(error, state.knobs.singleQuoteErrors);
    if (answer === undefined) throw error;
    return answer;
  }
}

function requireMethod(state: ServiceState, { method, operation, headers }: ApiRequest): void {
  if (method !== METHODS[operation]) throw methodNotAllowed(method, METHODS[operation]);
  const announced = headers["content-length"] ?? headers["transfer-encoding"];
  if (state.knobs.requireContentLength && method === "POST" && announced === undefined) {
    throw new AspNetError(411, "A POST request needs the header Content-Length.");
  }
}

function requireQuota(state: ServiceState, { operation, parameters }: ApiRequest, tenantId: string): void {
  const { quotaPerMinute, quotaStatus, retryAfterHeader } = state.knobs;
  const waitSeconds = state.quota.take(tenantId, state.now(), quotaPerMinute);
  if (waitSeconds === undefined) return;
  const publisher = parameters.publisherIdentifier ?? NO_PUBLISHER;
  const { code, message } = feedError("AF429", OPERATION_NAMES[operation], publisher);
  const headers: Record<string, string> = retryAfterHeader ? { "Retry-After": String(waitSeconds) } : {};
  throw new FeedError(quotaStatus, code, message, headers);
}

function contentTypeOf(state: ServiceState, { parameters, contentId }: ApiRequest): ContentType | undefined {
  if (contentId !== undefined) return state.content.find(contentId)?.contentType;
  return findContentType(parameters.contentType ?? "");
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
