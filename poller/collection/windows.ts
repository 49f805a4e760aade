/** A time span of content: `start` belongs to it, `end` does not. */
export interface Window {
  start: Date;
  end: Date;
}

/** The documented limit is 24 hours; exactly 24 were refused with AF20055 in 2026, as panoptica365/app notes. */
export const LONGEST_WINDOW_SECONDS = 23 * 3600;

/** The service lists seven days back. Five minutes are left for the way of the request and for clocks that differ. */
export const LISTING_HORIZON_SECONDS = 7 * 86_400 - 5 * 60;

/**
 * How far windows reach beyond now: the service's clock is known to the second only, by the date of its last answer, and
 * what was created in this very second shall not wait for the next run. The service takes windows that end in the future.
 */
export const LOOK_AHEAD_SECONDS = 3;

/**
 * The windows that cover all content from `from` to now, oldest first: half-open, each beginning where the one before
 * ends, in whole seconds (the service takes no smaller unit), none longer or older than the service allows.
 *
 * @param from what the content is complete up to; undefined for all that can be listed.
 * @param now the service's time, not this machine's. Once the windows are listed, the content is complete up to here and
 * not to the end of the last window.
 */
export function windowsSince(from: Date | undefined, now: Date): Window[] {
  const end = wholeSeconds(now) + LOOK_AHEAD_SECONDS;
  const earliest = wholeSeconds(earliestListed(now));
  const start = from === undefined ? earliest : Math.max(wholeSeconds(from), earliest);
  return windowsBetween(start, end);
}

/** The windows that cover a span, in whole seconds that hold it. */
export function windowsWithin({ start, end }: Window): Window[] {
  return windowsBetween(wholeSeconds(start), Math.ceil(end.getTime() / 1000));
}

/** The earliest start of a window that the service takes. */
export function earliestListed(now: Date): Date {
  return dateOf(Math.ceil(now.getTime() / 1000) - LISTING_HORIZON_SECONDS);
}

/** What can no longer be listed of the content since `from`; undefined when that is nothing. */
export function lostSince(from: Date, now: Date): Window | undefined {
  const end = earliestListed(now);
  return from < end ? { start: from, end } : undefined;
}

function windowsBetween(start: number, end: number): Window[] {
  const windows: Window[] = [];
  for (let at = start; at < end; at += LONGEST_WINDOW_SECONDS)
    windows.push({ start: dateOf(at), end: dateOf(Math.min(at + LONGEST_WINDOW_SECONDS, end)) });
  return windows;
}

function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function dateOf(seconds: number): Date {
  return new Date(seconds * 1000);
}
