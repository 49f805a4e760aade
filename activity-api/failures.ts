import { readErrorBody, statedWaitSeconds } from "./errorBody.ts";
import { ActivityApiError, type Asked, Operation } from "./errors.ts";
import type { ErrorCode } from "./errorTable.ts";
import type { HttpAnswer } from "./transport.ts";

/** Enough for any error that the service words itself; a gateway's page may go on for ever. */
const longestBody = 64 * 1024;

/** The failure that an answer other than success stands for. */
export async function failureOfAnswer(
  asked: Asked,
  answer: HttpAnswer,
  clock: { now: number; skewMilliseconds: number | undefined },
): Promise<ActivityApiError> {
  const text = await answer.text(longestBody).catch(() => "");
  const { code, like, message } = readErrorBody(answer.status, text);
  return new ActivityApiError({
    ...asked,
    status: answer.status,
    code: code === "notFound" && asked.operation === Operation.fetchContent ? "blobNotFound" : code,
    like,
    said: message,
    retryAfterSeconds:
      retryAfterSeconds(answer.header("retry-after"), clock.now) ?? statedWaitSeconds(message),
    clockSkewMilliseconds: clock.skewMilliseconds,
  });
}

/** Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - now) / 1000));
}

/** The failure of a request that got no answer at all. */
export function failureOfConnection(asked: Asked, error: unknown): ActivityApiError {
  const code: ErrorCode = isCertificateError(error) ? "untrustedCertificate" : "unreachable";
  return new ActivityApiError({ ...asked, code, said: wordsOf(error), cause: error });
}

/** The failure of an answer whose body broke off. */
export function failureOfBody(asked: Asked, error: unknown): ActivityApiError {
  return new ActivityApiError({ ...asked, code: "truncated", said: wordsOf(error), cause: error });
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function isCertificateError(error: unknown): boolean {
  return /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS/.test(codeOf(error));
}

/** Node tries all addresses of a host and then throws an error whose own message is empty. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0]);
  return error instanceof Error ? error.message || codeOf(error) : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
