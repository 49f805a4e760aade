import type { Call } from "./call.ts";
import { feedError } from "./errors.ts";
import type { Knobs } from "./knobs.ts";
import { OPERATION_PATHS } from "./operation.ts";
import type { Window } from "./windows.ts";

/** In the form of Microsoft's sample: ten digits of date and hour, an R, twelve digits. */
export function nextPageId(at: number, sequence: number): string {
  const hour = new Date(at).toISOString().replace(/\D/g, "").slice(0, "YYYYMMDDHH".length);
  return `${hour}R${String(sequence).padStart(12, "0")}`;
}

/** @throws FeedError AF20031 for what this service cannot have issued. */
export function readNextPage(nextPage: string): number {
  const sequence = /^\d{10}R(\d{12})$/.exec(nextPage)?.[1];
  if (sequence === undefined) throw feedError("AF20031", nextPage);
  return Number(sequence);
}

/** The header with the absolute address of the next page, which repeats the window of the first one. */
export function nextPageUri(
  call: Call,
  window: Window,
  nextPage: string,
  knobs: Readonly<Knobs>,
): Record<string, string> {
  const { contentType, publisherIdentifier } = call.parameters;
  const parameters = Object.entries({
    contentType,
    startTime: window.startTime,
    endTime: window.endTime,
    nextPage,
    PublisherIdentifier: knobs.nextPageDropsPublisher ? undefined : publisherIdentifier,
  });
  const query = parameters.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value).replaceAll("%3A", ":")}`],
  );
  const path = `/api/${knobs.nextPageApiVersion}/${call.tenantId}/activity/feed/${OPERATION_PATHS[call.operation]}`;
  return { [knobs.nextPageHeader]: `${call.origin}${path}?${query.join("&")}` };
}
