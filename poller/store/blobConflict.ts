import { RestError } from "@azure/storage-blob";

/** 409 BlobAlreadyExists or 412 ConditionNotMet: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
export function isConflict(error: unknown): boolean {
  return error instanceof RestError && (error.statusCode === 409 || error.statusCode === 412);
}
