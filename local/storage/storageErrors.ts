import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";

/**
 * Refusals of Azure Storage, with its status codes and its words, since clients and people decide by them.
 * https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
 */
const STORAGE_ERRORS = {
  NoAuthenticationInformation: [
    401,
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
  ],
  InvalidAuthenticationInfo: [
    401,
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
  ],
  KeyBasedAuthenticationNotPermitted: [
    403,
    "Key based authentication is not permitted on this storage account.",
  ],
  AuthorizationFailure: [403, "This request is not authorized to perform this operation."],
  AuthorizationPermissionMismatch: [
    403,
    "This request is not authorized to perform this operation using this permission.",
  ],
  ResourceNotFound: [404, "The specified resource does not exist."],
  ConditionNotMet: [412, "The condition specified using HTTP conditional header(s) is not met."],
  InternalError: [500, "Server encountered an internal error. Please try again after some time."],
  ServerBusy: [503, "The server is busy."],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type StorageErrorCode = keyof typeof STORAGE_ERRORS;

export interface StorageRefusal {
  code: StorageErrorCode;
  /** What Azure adds in `AuthenticationErrorDetail`. */
  detail?: string;
  /** Further headers. */
  headers?: Record<string, string>;
}

/** Answers as Azure Storage does: the code in a header, for HEAD too, and the message as XML. */
export function refuse(response: ServerResponse, { code, detail, headers }: StorageRefusal): void {
  const [status, message] = STORAGE_ERRORS[code];
  const requestId = randomUUID();
  response.writeHead(status, {
    "content-type": "application/xml",
    "x-ms-error-code": code,
    "x-ms-request-id": requestId,
    ...headers,
  });
  response.end(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code>` +
      `<Message>${message}\nRequestId:${requestId}\nTime:${new Date().toISOString()}</Message>` +
      `${detail ? `<AuthenticationErrorDetail>${escapeXml(detail)}</AuthenticationErrorDetail>` : ""}</Error>`,
  );
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, character => `&#${character.charCodeAt(0)};`);
}
