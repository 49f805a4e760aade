/** An answer other than 204, with the service's own words where they are known. */
export class IngestionRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const unauthenticated = (reason: string) =>
  new IngestionRefusal(401, "InvalidTokenError", `The authentication token is invalid. ${reason}`);

/** Words of Azure/azure-sdk-for-net#37173. */
export const forbidden = (ruleId: string) =>
  new IngestionRefusal(
    403,
    "OperationFailed",
    "The authentication token provided does not have access to ingest data for the data collection rule with immutable " +
      `Id '${ruleId}'.`,
  );

export const ruleNotFound = (ruleId: string) =>
  new IngestionRefusal(404, "NotFound", `Data collection rule with immutable Id '${ruleId}' not found.`);

export const streamNotFound = (stream: string) =>
  new IngestionRefusal(404, "NotFound", `Stream: ${stream} was not found in the data collection rule.`);

export const badRequest = (reason: string) => new IngestionRefusal(400, "InvalidRequest", reason);

export const tooLarge = (limit: number) =>
  new IngestionRefusal(413, "ContentLengthLimitExceeded", `Maximum allowed content length: ${limit} bytes.`);
