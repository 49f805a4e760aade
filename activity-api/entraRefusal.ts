import { AuthError, ServerError } from "@azure/msal-node";
import { describeAssertion } from "./credentials/assertion.ts";
import { CredentialError } from "./credentials/proof.ts";
import { ABOUT_THE_ASSERTION, ENTRA_ERRORS } from "./entraErrors.ts";
import { unreachable } from "./entraTransport.ts";
import { withoutTokens } from "./jwt.ts";

/** What was sent as proof: an assertion's claims explain a refusal, a secret is kept out of it. */
export interface ShownProof {
  assertion?: string;
  secret?: string;
}

interface Refused extends ShownProof {
  clockSkewMilliseconds: number | undefined;
}

/** Why Entra gave no token and what to do, in place of msal-node's error, which carries Entra's whole answer. */
export function explainRefusal(error: unknown, refused: Refused): unknown {
  if (!(error instanceof AuthError)) return error;
  if (error.errorCode === unreachable) return new CredentialError(error.errorMessage, "transient");
  const number = Number(/AADSTS(\d+)/.exec(error.errorMessage)?.[1]);
  const known = ENTRA_ERRORS[number];
  if (known === undefined) return unknownRefusal(error, refused);
  const sentences = [`Entra refuses (AADSTS${number}): ${known.means}.`, detail(number, refused), known.next];
  return new CredentialError(sentences.filter(Boolean).join(" "), known.errorClass, `AADSTS${number}`);
}

function detail(number: number, { assertion, clockSkewMilliseconds }: Refused): string | undefined {
  if (number === 700024) return clockSentence(clockSkewMilliseconds);
  return assertion !== undefined && ABOUT_THE_ASSERTION.has(number)
    ? describeAssertion(assertion)
    : undefined;
}

/** Entra's `Date` has whole seconds and took a while to arrive. */
const noticeableSkewMilliseconds = 60_000;

function clockSentence(skewMilliseconds: number | undefined): string | undefined {
  if (skewMilliseconds === undefined) return undefined;
  if (Math.abs(skewMilliseconds) < noticeableSkewMilliseconds)
    return "The clock of this machine agrees with Entra's.";
  const minutes = Math.round(Math.abs(skewMilliseconds) / 60_000);
  return `The clock of this machine is ${minutes} min ${skewMilliseconds > 0 ? "behind" : "ahead of"} Entra's.`;
}

function unknownRefusal(error: AuthError, refused: Refused): CredentialError {
  const code = /AADSTS\d+/.exec(error.errorMessage)?.[0];
  const status = error instanceof ServerError ? error.status : undefined;
  const broken = status !== undefined && (status === 429 || status >= 500);
  return new CredentialError(
    `Entra refuses (${code ?? error.errorCode}): ${entraSentence(error.errorMessage, refused)} ` +
      (broken ? "Try again in a minute." : `Look up the code: https://login.microsoftonline.com/error`),
    broken ? "transient" : "configuration",
    code,
  );
}

/** Entra's own words, without the ids and times behind them and without anything that was sent as proof. */
function entraSentence(errorMessage: string, { secret }: ShownProof): string {
  const description =
    /AADSTS\d+: *([\s\S]*)/.exec(errorMessage) ?? /Description: ([\s\S]*)/.exec(errorMessage);
  const [sentence = ""] = (description?.[1] ?? "").split(/\s*-?\s*(?:Trace ID|Correlation ID|Timestamp):/);
  return withoutTokens(secret ? sentence.replaceAll(secret, "[secret]") : sentence).trim();
}
