import { secretDigest } from "./applicationCredentials.ts";
import { readAssertion } from "./assertion.ts";
import { verifyCertificateAssertion } from "./certificateAssertion.ts";
import type { Application } from "./directoryObjects.ts";
import { type FederationContext, verifyFederatedAssertion } from "./federatedAssertion.ts";
import { TokenRefusal } from "./tokenErrors.ts";

/** What a client sends to prove that it is the application. */
export type PresentedCredential =
  | { kind: "none" }
  | { kind: "secret"; secret: string }
  | { kind: "assertion"; assertion: string };

export interface AuthenticationContext extends FederationContext {
  authorityUrl: string;
}

/** @throws TokenRefusal unless the client is the application */
export async function authenticateClient(
  application: Application,
  credential: PresentedCredential,
  context: AuthenticationContext,
): Promise<void> {
  switch (credential.kind) {
    case "none":
      throw new TokenRefusal(7000218);
    case "secret":
      return verifySecret(application, credential.secret, context.now);
    case "assertion": {
      const claims = readAssertion(credential.assertion);
      return claims.iss === application.clientId
        ? verifyCertificateAssertion(application, credential.assertion, claims, context)
        : verifyFederatedAssertion(application, credential.assertion, claims, context);
    }
  }
}

function verifySecret(application: Application, secret: string, now: number): void {
  const digest = secretDigest(secret);
  const password = application.passwords.find(candidate => candidate.secretDigest === digest);
  if (password === undefined || password.startDateTime.getTime() > now) {
    throw new TokenRefusal(
      7000215,
      `The client secret is not one of the application '${application.clientId}'. ` +
        "Send the secret's value, not its id, and allow a new secret a minute to spread.",
    );
  }
  if (password.endDateTime.getTime() <= now) {
    throw new TokenRefusal(
      7000222,
      `The client secret of the application '${application.clientId}' has expired at ` +
        `${password.endDateTime.toISOString()}. Create a new one.`,
    );
  }
}
