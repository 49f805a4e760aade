import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";

export interface JsonRequest {
  method: "GET" | "POST";
  url: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface JsonResponse {
  status: number;
  headers: Record<string, string>;
  /** `undefined` when the answer was not JSON. */
  body: unknown;
}

/** The other side was not reached, or did not answer in time: another try, later, may succeed. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

const timeoutMilliseconds = 30_000;
const attempts = 3;
const longestWaitSeconds = 30;

/**
 * One request to an issuer of tokens, tried again while the other side is overloaded, broken or not reached.
 * The last answer is returned whatever its status.
 *
 * @throws UnreachableError with the host only: headers, body and query of these requests are secret.
 */
export async function requestJson(wanted: JsonRequest): Promise<JsonResponse> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await requestOnce(wanted);
    const waitSeconds = secondsUntilRetry(outcome, attempt);
    if (attempt < attempts && waitSeconds !== undefined) await sleep(waitSeconds * 1000);
    else if (outcome instanceof UnreachableError) throw outcome;
    else return outcome;
  }
}

async function requestOnce({
  method,
  url,
  headers,
  body,
}: JsonRequest): Promise<JsonResponse | UnreachableError> {
  try {
    const response = await request(url, {
      method,
      headers: headers ?? {},
      body: body ?? null,
      headersTimeout: timeoutMilliseconds,
      bodyTimeout: timeoutMilliseconds,
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: flatHeaders(response.headers), body: parseJson(text) };
  } catch (error) {
    return unreachable(url, error);
  }
}

function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `undefined` when another try is of no use, or is not wanted before a time that is too long to wait for. */
function secondsUntilRetry(outcome: JsonResponse | UnreachableError, attempt: number): number | undefined {
  const growing = 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  if (outcome instanceof UnreachableError) return growing;
  if (outcome.status !== 429 && outcome.status < 500) return undefined;
  const stated = Number.parseInt(outcome.headers["retry-after"] ?? "", 10);
  if (Number.isNaN(stated)) return growing;
  return stated <= longestWaitSeconds ? stated : undefined;
}

function unreachable(url: string, error: unknown): UnreachableError {
  const host = URL.parse(url)?.host ?? "the address";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return new UnreachableError(`${host} was not reached: ${reachAdvice(code)}`, { cause: error });
}

function reachAdvice(code: string): string {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return "its name is not resolved. Check the host name and DNS.";
  if (/TIMEOUT|ETIMEDOUT/.test(code))
    return `no answer within ${timeoutMilliseconds / 1000} s. Check the firewall.`;
  if (/CERT|SIGNATURE|ALTNAME/.test(code))
    return `its certificate is not trusted (${code}). Give the certificate authority of your network to Node with NODE_EXTRA_CA_CERTS.`;
  return `${code === "" ? "the connection failed" : code}. Check the network.`;
}
