/** A refusal of the directory, with the code and status with which Microsoft Graph answers. */
export class DirectoryError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "DirectoryError";
    this.status = status;
    this.code = code;
  }
}

/** Graph's answer for an id that names nothing, also for an id that names an object of another kind. */
export function notFound(id: string): DirectoryError {
  return new DirectoryError(
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

export function badRequest(message: string): DirectoryError {
  return new DirectoryError(400, "Request_BadRequest", message);
}

export function conflict(message: string): DirectoryError {
  return new DirectoryError(409, "Request_MultipleObjectsWithSameKeyValue", message);
}
