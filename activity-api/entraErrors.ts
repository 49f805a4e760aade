/**
 * What a failure calls for: an edit, a few minutes until Entra has spread what was just created, or another try.
 */
export type TokenErrorClass = "configuration" | "propagation" | "transient";

export interface EntraError {
  means: string;
  next: string;
  errorClass: TokenErrorClass;
}

const federated = {
  next: "Give the application a federated credential with exactly its issuer, subject and audience, letter case included.",
  errorClass: "propagation",
} as const;

const otherCloud = {
  next: "Set the cloud that the tenant is in: commercial and gcc log in at login.microsoftonline.com, gccHigh and dod at login.microsoftonline.us.",
  errorClass: "configuration",
} as const;

const overloaded = { next: "Try again in a minute.", errorClass: "transient" } as const;

/**
 * Entra's refusals of an application that asks for a token, by AADSTS number. "propagation" marks those that are also
 * right after creating the application, its secret or its federated credential.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export const ENTRA_ERRORS: Readonly<Record<number, EntraError>> = {
  7000215: {
    means: "the client secret is wrong",
    next: "Use the secret's value, not its id; it is shown only once, when it is created.",
    errorClass: "propagation",
  },
  7000222: {
    means: "the client secret has expired",
    next: "Create a new secret, or use a federated credential, which does not expire.",
    errorClass: "configuration",
  },
  700016: {
    means: "no application with this client id is known in this tenant",
    next: "Check the client id (not the object id), the tenant id and the cloud; an application of another tenant needs admin consent first.",
    errorClass: "propagation",
  },
  7000229: {
    means: "the application has no service principal in this tenant",
    next: "Create its service principal (enterprise application), or give admin consent, which creates it.",
    errorClass: "propagation",
  },
  7000112: {
    means: "the application is disabled",
    next: 'Set "Enabled for users to sign-in" of its enterprise application to yes.',
    errorClass: "configuration",
  },
  7000218: {
    means: "the request carried neither a secret nor an assertion",
    next: "Check that the credential is not empty.",
    errorClass: "configuration",
  },
  65001: {
    means: "consent is missing",
    next: "Give admin consent to the application permission ActivityFeed.Read.",
    errorClass: "propagation",
  },
  500011: {
    means: "the service principal of the requested API is not in this tenant",
    next: "Create it for Office 365 Management APIs: az ad sp create --id c5393580-f805-4401-95e8-94b7a6ef2fc2",
    errorClass: "configuration",
  },
  650052: {
    means: "the tenant has no subscription to the requested API",
    next: "Check that the tenant has Microsoft 365 licences and that the tenant id is right.",
    errorClass: "configuration",
  },
  650057: {
    means: "the requested API is not among the application's permissions",
    next: "Add the application permission ActivityFeed.Read of Office 365 Management APIs to the application.",
    errorClass: "configuration",
  },
  70011: {
    means: "the scope is malformed",
    next: "Leave the scope and the endpoints to the cloud setting.",
    errorClass: "configuration",
  },
  28002: {
    means: "the scope is malformed",
    next: "Leave the scope and the endpoints to the cloud setting.",
    errorClass: "configuration",
  },
  700027: {
    means: "the assertion is not signed by a certificate of the application",
    next: "Upload the certificate to the application, and check that the file holds its key.",
    errorClass: "propagation",
  },
  700024: {
    means: "the assertion is outside of the time for which it is valid",
    next: "Set the clock of this machine, or request the CI token in the step that uses it: it lives for minutes.",
    errorClass: "configuration",
  },
  700023: {
    means: "the assertion is made for another login host",
    next: "Set the cloud that the tenant is in, and leave the login host to it.",
    errorClass: "configuration",
  },
  50013: {
    means: "the signature of the presented token is not one of its issuer",
    next: "Present the token exactly as the issuer made it.",
    errorClass: "configuration",
  },
  90061: {
    means: "Entra did not reach the OpenID metadata of the presented token's issuer",
    next: "Check that <issuer>/.well-known/openid-configuration is reachable from the internet.",
    errorClass: "transient",
  },
  70025: { means: "the application has no federated credential", ...federated },
  700030: {
    means: "the certificate is not valid",
    next: "Use a certificate that has not expired and is registered with the application.",
    errorClass: "configuration",
  },
  50012: {
    means: "the credential did not authenticate the application",
    next: "Check that the secret or certificate is one of this application and has not expired.",
    errorClass: "configuration",
  },
  70021: { means: "no federated credential of the application matches the presented token", ...federated },
  700211: {
    means: "no federated credential of the application has the issuer of the presented token",
    ...federated,
  },
  700212: {
    means: "no federated credential of the application has the audience of the presented token",
    ...federated,
  },
  7002121: {
    means: "no federated credential of the application has the audience of the presented token",
    ...federated,
  },
  700213: {
    means: "no federated credential of the application has the subject of the presented token",
    ...federated,
  },
  7002137: {
    means: "no federated credential of the application has the subject of the presented token",
    ...federated,
  },
  7002138: {
    means:
      "the subject of the federated credential differs from that of the presented token in letter case only",
    next: "Write the subject of the federated credential exactly as presented.",
    errorClass: "configuration",
  },
  ...managedIdentityOnly([700222, 700226, 700236]),
  700227: {
    means: "the presented token has an audience that may not be exchanged",
    next: "Request it for api://AzureADTokenExchange (api://AzureADTokenExchangeUSGov for gccHigh and dod).",
    errorClass: "configuration",
  },
  90002: {
    means: "the tenant is not known to this login host",
    next: "Check the tenant id and the cloud.",
    errorClass: "configuration",
  },
  900023: {
    means: "the tenant id is neither a GUID nor a domain",
    next: "Check the tenant id.",
    errorClass: "configuration",
  },
  90038: { means: "the tenant is in another national cloud", ...otherCloud },
  900382: { means: "the application belongs to another national cloud", ...otherCloud },
  900432: { means: "the application belongs to another national cloud", ...otherCloud },
  53003: {
    means: "a conditional access policy blocks the application",
    next: "Exclude the application from the policy for workload identities, or run from an address that it allows.",
    errorClass: "configuration",
  },
  90024: { means: "Entra is overloaded", ...overloaded },
  90033: { means: "Entra is unavailable for a moment", ...overloaded },
  90055: { means: "Entra received too many requests", ...overloaded },
  50196: { means: "Entra received the same request too often", ...overloaded },
};

/** Observed by https://github.com/arsenvlad/entra-cross-tenant-app-fic-managed-identity */
function managedIdentityOnly(codes: number[]): Record<number, EntraError> {
  const error: EntraError = {
    means: "of Entra's own tokens only those of a managed identity may be exchanged",
    next: "Present the token of a user-assigned managed identity of this tenant or of an issuer outside of Entra.",
    errorClass: "configuration",
  };
  return Object.fromEntries(codes.map(code => [code, error]));
}

/** Refusals in which issuer, subject and audience of the presented token are the whole story. */
export const ABOUT_THE_ASSERTION: ReadonlySet<number> = new Set([
  50013, 90061, 70025, 70021, 700211, 700212, 7002121, 700213, 7002137, 7002138, 700222, 700226, 700227,
  700236,
]);

/**
 * No token: why, for whom, and what to do. Neither text nor fields hold a secret or an assertion.
 */
export class TokenError extends Error {
  override readonly name = "TokenError";
  /** Entra's code, like AADSTS7000215; `undefined` when Entra was not asked, or did not say. */
  readonly code: string | undefined;
  readonly errorClass: TokenErrorClass;
  /** The message without what is said of other credentials: enough where Entra has refused the one that was used. */
  readonly refusal: string;
  readonly tenantId: string;
  /** `undefined` when a token of whoever is logged in was wanted. */
  readonly clientId: string | undefined;
  /** The kind of credential, a word of `CredentialKind`; `undefined` when none was found. */
  readonly credential: string | undefined;

  constructor(
    message: string,
    failure: Pick<TokenError, "code" | "errorClass" | "tenantId" | "clientId" | "credential"> & {
      refusal?: string;
    },
  ) {
    super(message);
    this.code = failure.code;
    this.errorClass = failure.errorClass;
    this.refusal = failure.refusal ?? message;
    this.tenantId = failure.tenantId;
    this.clientId = failure.clientId;
    this.credential = failure.credential;
  }
}
