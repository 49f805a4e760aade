import { type Answer, emptyAnswer, textAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { authorizationDenied, FeedError, feedError, isAfCode, startThrottled } from "./errors.ts";
import type { FaultEffect } from "./faultDefinition.ts";
import type { Knobs } from "./knobs.ts";
import { OPERATION_NAMES } from "./operation.ts";
import { NO_PUBLISHER } from "./requestParameters.ts";

/**
 * The answer of a request that the fault keeps from being processed; undefined when it is processed.
 *
 * @throws FeedError or AspNetError for the faults that are errors of the API.
 */
export function answerInstead(effect: FaultEffect, call: Call): Answer | undefined {
  switch (effect.kind) {
    case "answer": {
      const answer = textAnswer(effect.status, "application/json; charset=utf-8", effect.body ?? "");
      return { ...answer, headers: { ...answer.headers, ...effect.headers } };
    }
    case "error":
      throw errorOf(effect);
    case "throttle":
      throw throttled(effect, call);
    case "startThrottle":
      throw startThrottled(effect.remainingSeconds, false);
    case "tokenRejected":
      throw authorizationDenied();
    case "html":
      return gatewayPage(effect.status ?? 502);
    case "reset":
      return effect.processed === true ? undefined : { ...emptyAnswer(), transfer: { kind: "reset" } };
    case "silence":
      return { ...emptyAnswer(), transfer: { kind: "silent" } };
    default:
      return undefined;
  }
}

/** The answer of a processed request as the fault spoils it. */
export function spoiltAnswer(
  effect: FaultEffect,
  answer: Answer,
  call: Call,
  knobs: Readonly<Knobs>,
): Answer {
  switch (effect.kind) {
    case "reset":
      return { ...answer, transfer: { kind: "reset" } };
    case "truncate":
      return { ...answer, transfer: { kind: "truncated", afterBytes: effect.afterBytes } };
    case "slowBody":
      return { ...answer, transfer: { kind: "slow", bytesPerSecond: effect.bytesPerSecond } };
    case "malformedJson":
      return withBody(answer, body => body.subarray(0, Math.ceil(body.length / 2)));
    case "nextPageOrigin":
      return withNextPage(answer, `${effect.origin}${pathWithNextPage(call)}`, knobs);
    case "pageLoop":
      return withNextPage(answer, `${call.origin}${call.url}`, knobs);
    case "contentOrigin":
      return withItems(answer, item => ({
        ...item,
        contentUri: String(item.contentUri).replace(call.origin, effect.origin),
      }));
    case "listedAsDisabled":
      return withItems(answer, item => ({ ...item, status: "disabled" }));
    case "listedWithoutStatus":
      return withItems(answer, ({ status: _left, ...item }) => item);
    default:
      return answer;
  }
}

function errorOf(effect: Extract<FaultEffect, { kind: "error" }>): FeedError {
  const { code, status, message } = effect;
  const usual = isAfCode(code) ? feedError(code) : undefined;
  return new FeedError(status ?? usual?.status ?? 500, code, message ?? usual?.message ?? "");
}

function throttled(effect: Extract<FaultEffect, { kind: "throttle" }>, call: Call): FeedError {
  const publisher = call.parameters.publisherIdentifier ?? NO_PUBLISHER;
  const { code, message } = feedError("AF429", OPERATION_NAMES[call.operation], publisher);
  const wait = effect.retryAfterSeconds;
  return new FeedError(
    effect.status,
    code,
    message,
    wait === undefined ? {} : { "Retry-After": String(wait) },
  );
}

function gatewayPage(status: number): Answer {
  const page = `<html><head><title>${status}</title></head><body><h1>The gateway has no answer</h1></body></html>\r\n`;
  return textAnswer(status, "text/html", page);
}

function pathWithNextPage(call: Call): string {
  return `${call.url}${call.url.includes("?") ? "&" : "?"}nextPage=2015101900R000000000001`;
}

function withNextPage(answer: Answer, uri: string, knobs: Readonly<Knobs>): Answer {
  return { ...answer, headers: { ...answer.headers, [knobs.nextPageHeader]: uri } };
}

function withItems(
  answer: Answer,
  change: (item: Record<string, unknown>) => Record<string, unknown>,
): Answer {
  if (answer.status !== 200) return answer;
  return withBody(answer, body => {
    const items = JSON.parse(body.toString()) as Record<string, unknown>[];
    return Buffer.from(JSON.stringify(items.map(change)));
  });
}

/** Bodies that are streamed stay as they are: there is no whole to change. */
function withBody(answer: Answer, change: (body: Buffer) => Buffer): Answer {
  return Buffer.isBuffer(answer.body) ? { ...answer, body: change(answer.body) } : answer;
}
