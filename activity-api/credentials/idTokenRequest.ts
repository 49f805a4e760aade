import { type JsonRequest, requestJson, UnreachableError } from "../jsonRequest.ts";
import { checkAssertion } from "./assertion.ts";
import { CredentialError } from "./proof.ts";

interface IdTokenRequest {
  /** The CI system, for errors. */
  issuedBy: string;
  request: JsonRequest;
  /** The field of the answer that holds the token. */
  field: string;
  /** What to check when the CI system refuses. */
  advice: string;
}

/** A token of the CI system for this job. */
export async function requestIdToken({ issuedBy, request, field, advice }: IdTokenRequest): Promise<string> {
  const response = await requestJson(request).catch(error => {
    if (error instanceof UnreachableError)
      throw new CredentialError(`${issuedBy}: ${error.message}`, "transient");
    throw error;
  });
  const token = (response.body as Record<string, unknown> | undefined)?.[field];
  if (response.status === 200 && typeof token === "string")
    return checkAssertion(token, `The answer of ${issuedBy}`);
  const broken = response.status === 429 || response.status >= 500;
  // The body may hold a token even when the status is odd: it is not shown.
  throw new CredentialError(
    `${issuedBy} gave no token: HTTP ${response.status}. ${broken ? "Try again." : advice}`,
    broken ? "transient" : "configuration",
  );
}
