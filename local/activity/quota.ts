const MINUTE = 60_000;

/** Counts the requests of each tenant by minutes of the service's clock. */
export class Quota {
  readonly #minutes = new Map<string, { minute: number; requests: number }>();

  /** Counts one request, and tells how many seconds to wait if it is one too many. */
  take(tenantId: string, now: number, requestsPerMinute: number | null): number | undefined {
    if (requestsPerMinute === null) return undefined;
    const minute = Math.floor(now / MINUTE);
    const known = this.#minutes.get(tenantId);
    const current = known?.minute === minute ? known : { minute, requests: 0 };
    this.#minutes.set(tenantId, current);
    current.requests += 1;
    return current.requests > requestsPerMinute ? Math.ceil(((minute + 1) * MINUTE - now) / 1000) : undefined;
  }
}
