import type { Operation } from "./operation.ts";

/** What was asked of the API, without any credential. */
export interface SeenRequest {
  /** ISO time on the service's clock. */
  at: string;
  method: string;
  path: string;
  /** The operation asked for; null when the path is none. */
  operation: Operation | null;
  tenantId?: string;
  /** Known once the token was accepted. */
  clientId?: string;
  contentType?: string;
  contentId?: string;
  startTime?: string;
  endTime?: string;
  nextPage?: string;
  publisherIdentifier?: string;
  /** HTTP status of the answer; null when there was none, or not yet. */
  status: number | null;
  /** The fault that the request met. */
  fault?: string;
}

/** Enough for every test and bench of ours; what is older is forgotten, so that a tenant can run for days. */
const MOST_REQUESTS = 200_000;

export class RequestLog {
  #requests: SeenRequest[] = [];

  /** Logs a request as it arrives and returns the entry, for its status to be filled in. */
  add(request: SeenRequest): SeenRequest {
    if (this.#requests.length >= MOST_REQUESTS) this.#requests = this.#requests.slice(MOST_REQUESTS / 2);
    this.#requests.push(request);
    return request;
  }

  /** In order of arrival. */
  all(): readonly SeenRequest[] {
    return this.#requests;
  }

  clear(): void {
    this.#requests = [];
  }
}
