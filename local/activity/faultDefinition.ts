import { CONTENT_TYPES, type ContentType } from "./contentTypes.ts";
import { isAfCode } from "./errors.ts";
import { OPERATIONS, type Operation } from "./operation.ts";

/** Something that goes wrong with some requests. What is left out of the conditions matches any request. */
export interface Fault {
  operation?: Operation;
  tenantId?: string;
  clientId?: string;
  contentType?: ContentType;
  contentId?: string;
  /** How many matching requests pass unharmed before. Defaults to 0. */
  skip?: number;
  /** How many matching requests it hits. Defaults to 1. */
  times?: number | "always";
  effect: FaultEffect;
}

export type FaultEffect =
  /** Any answer at all. The body defaults to an empty one, the content type to JSON. */
  | { kind: "answer"; status: number; body?: string; headers?: Record<string, string> }
  /** An error of the API. Status and message default to those of the AF code; other codes need both. */
  | { kind: "error"; code: string; status?: number; message?: string }
  /** AF429, as HTTP 403 or 429, with Retry-After when `retryAfterSeconds` is given. */
  | { kind: "throttle"; status: 403 | 429; retryAfterSeconds?: number }
  /** The 403 with code "429" that start answers within 15 minutes. */
  | { kind: "startThrottle"; remainingSeconds: number }
  /** ASP.NET's 401, as for a token that expired on the way. */
  | { kind: "tokenRejected" }
  /** A gateway's page where JSON is expected. The status defaults to 502. */
  | { kind: "html"; status?: number }
  /** The connection breaks without an answer; the request takes effect nevertheless when `processed`. */
  | { kind: "reset"; processed?: boolean }
  /** No answer ever comes. */
  | { kind: "silence" }
  /** The connection breaks within the body: after `afterBytes`, or else half of it. */
  | { kind: "truncate"; afterBytes?: number }
  /** A complete answer whose JSON ends too early. */
  | { kind: "malformedJson" }
  | { kind: "slowBody"; bytesPerSecond: number }
  /** There is a next page, and its link leads to another host. */
  | { kind: "nextPageOrigin"; origin: string }
  /** There is a next page, and its link leads to this one again. */
  | { kind: "pageLoop" }
  /** The content URIs lead to another host. */
  | { kind: "contentOrigin"; origin: string }
  /** The list shows every subscription as disabled, whatever start answered. */
  | { kind: "listedAsDisabled" }
  /** The list leaves out the status, like the last element of Microsoft's sample. */
  | { kind: "listedWithoutStatus" };

export type FaultKind = FaultEffect["kind"];

interface EffectRule {
  /** The operations that the effect makes sense for. */
  operations: readonly Operation[];
  /** The properties that it cannot do without. */
  needs?: Readonly<Record<string, "number" | "string">>;
}

const EFFECTS: Readonly<Record<FaultKind, EffectRule>> = {
  answer: { operations: OPERATIONS, needs: { status: "number" } },
  error: { operations: OPERATIONS, needs: { code: "string" } },
  throttle: { operations: OPERATIONS, needs: { status: "number" } },
  startThrottle: { operations: ["start"], needs: { remainingSeconds: "number" } },
  tokenRejected: { operations: OPERATIONS },
  html: { operations: OPERATIONS },
  reset: { operations: OPERATIONS },
  silence: { operations: OPERATIONS },
  truncate: { operations: OPERATIONS },
  malformedJson: { operations: OPERATIONS },
  slowBody: { operations: OPERATIONS, needs: { bytesPerSecond: "number" } },
  nextPageOrigin: { operations: ["content", "notifications"], needs: { origin: "string" } },
  pageLoop: { operations: ["content", "notifications"] },
  contentOrigin: { operations: ["content", "notifications"], needs: { origin: "string" } },
  listedAsDisabled: { operations: ["list"] },
  listedWithoutStatus: { operations: ["list"] },
};

/** The operations that `fault` can hit, whatever its other conditions. */
export function operationsOf(fault: Fault): readonly Operation[] {
  return fault.operation === undefined ? EFFECTS[fault.effect.kind].operations : [fault.operation];
}

/** @throws TypeError when the fault is not complete or could never do anything. */
export function checkFault(fault: Fault): void {
  const kind: unknown = fault.effect?.kind;
  if (typeof kind !== "string" || !Object.hasOwn(EFFECTS, kind)) {
    throw new TypeError(
      `effect.kind cannot be ${JSON.stringify(kind)}; use ${Object.keys(EFFECTS).join(", ")}.`,
    );
  }
  checkEffect(fault.effect);
  oneOf("operation", fault.operation, EFFECTS[fault.effect.kind].operations, ` with the effect ${kind}`);
  oneOf("contentType", fault.contentType, CONTENT_TYPES);
  if (fault.times !== "always") wholeNumber("times", fault.times, 1, ' or "always"');
  wholeNumber("skip", fault.skip, 0);
}

function checkEffect(effect: FaultEffect): void {
  for (const [property, type] of Object.entries(EFFECTS[effect.kind].needs ?? {})) {
    const value: unknown = Reflect.get(effect, property);
    if (typeof value !== type)
      throw new TypeError(`The effect ${effect.kind} needs a ${type}: effect.${property}.`);
  }
  if (effect.kind === "throttle") oneOf("effect.status", effect.status, [403, 429]);
  if (effect.kind === "error" && !isAfCode(effect.code) && !(effect.status && effect.message)) {
    throw new TypeError(
      `"${effect.code}" is not an AF code known here: give effect.status and effect.message too.`,
    );
  }
}

function oneOf(name: string, value: unknown, allowed: readonly unknown[], where = ""): void {
  if (value === undefined || allowed.includes(value)) return;
  throw new TypeError(`${name} cannot be ${JSON.stringify(value)}${where}; use ${allowed.join(", ")}.`);
}

function wholeNumber(name: string, value: unknown, least: number, otherwise = ""): void {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= least)) return;
  throw new TypeError(
    `${name} cannot be ${JSON.stringify(value)}; use a whole number from ${least}${otherwise}.`,
  );
}
