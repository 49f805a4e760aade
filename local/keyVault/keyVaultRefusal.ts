/** A refusal of Key Vault's data plane, in the service's own words where they are known. */
export class KeyVaultRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly innerCode: string | undefined;

  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.innerCode = innerCode;
  }
}

export const unauthenticated = (reason: string) =>
  new KeyVaultRefusal(
    401,
    "Unauthorized",
    `[BearerReadAccessTokenFailed] Error validating token: '${reason}'.`,
  );

/** Words of microsoft/AL-Go#1343. */
export const forbiddenByRoles = (principal: string, action: string, resource: string) =>
  new KeyVaultRefusal(
    403,
    "Forbidden",
    "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions " +
      `were changed recently, please observe propagation time.\r\nCaller: oid=${principal}\r\nAction: '${action}'\r\n` +
      `Resource: '${resource}'\r\nAssignment: (not found)\r\nDecisionReason: 'DeniedWithNoValidRBAC' `,
    "ForbiddenByRbac",
  );

/** Words of Azure/azure-sdk-for-python#45342. */
export const keyDisabled = () =>
  new KeyVaultRefusal(403, "Forbidden", "Operation sign is not allowed on a disabled key.", "KeyDisabled");

export const keyExpired = () =>
  new KeyVaultRefusal(403, "Forbidden", "Operation sign is not allowed on an expired key.", "KeyExpired");

export const notFound = (kind: "certificate" | "key", name: string) =>
  new KeyVaultRefusal(
    404,
    kind === "key" ? "KeyNotFound" : "CertificateNotFound",
    `A ${kind} with (name/id) ${name} was not found in this key vault. If you recently deleted this ${kind} you may be ` +
      `able to recover it using the correct recovery command.`,
  );

export const badParameter = (message: string) => new KeyVaultRefusal(400, "BadParameter", message);

/** Words of hashicorp/terraform-provider-azurerm#8768. */
export const deletedButRecoverable = (name: string) =>
  new KeyVaultRefusal(
    409,
    "Conflict",
    `Certificate ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, ` +
      "the certificate can only be recovered or purged.",
    "ObjectIsDeletedButRecoverable",
  );
