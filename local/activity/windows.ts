import { feedError } from "./errors.ts";
import type { Knobs } from "./knobs.ts";

const HOUR = 3_600_000;
const DEFAULT_WINDOW_HOURS = 24;

/** The span of creation times that a request asks for: start inclusive, end exclusive. */
export interface Window {
  start: number;
  end: number;
  /** As the client wrote them, or as computed when it named none; page links repeat them. */
  startTime: string;
  endTime: string;
}

export interface RequestedWindow {
  startTime: string | undefined;
  endTime: string | undefined;
}

/**
 * @throws FeedError AF20002 for what is not a time, AF20055 for one time without the other, a window that is empty,
 * too wide or too far back. An end in the future is fine (observed by Filebeat's authors).
 */
export function readWindow(requested: RequestedWindow, now: number, knobs: Readonly<Knobs>): Window {
  const { startTime, endTime } = requested;
  if (startTime === undefined && endTime === undefined) return lastDay(now);
  if (startTime === undefined || endTime === undefined) throw feedError("AF20055");

  const start = readTime("startTime", startTime);
  const end = readTime("endTime", endTime);
  const widest = knobs.maxWindowHours * HOUR;
  const earliest = now - (knobs.lookbackDays * 24 + knobs.lookbackToleranceHours) * HOUR;
  const tooWide = end - start > widest || (knobs.strictWindow && end - start === widest);
  if (start >= end || tooWide || start < earliest) throw feedError("AF20055");
  return { start, end, startTime, endTime };
}

/** Microsoft's pages contradict each other on the default: the last 24 hours, or since midnight UTC. */
function lastDay(now: number): Window {
  const end = Math.ceil(now / 1000) * 1000;
  const start = end - DEFAULT_WINDOW_HOURS * HOUR;
  return { start, end, startTime: zoneless(start), endTime: zoneless(end) };
}

/**
 * YYYY-MM-DD, YYYY-MM-DDTHH:MM and YYYY-MM-DDTHH:MM:SS are documented. Fractions and Z are sent by clients in use
 * (wazuh, data-prepper, elastic/integrations) and accepted.
 */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/i;

function readTime(parameter: string, text: string): number {
  const at = TIME.test(text) ? Date.parse(inUtc(text)) : Number.NaN;
  if (Number.isNaN(at)) throw feedError("AF20002", parameter, "datetime");
  return at;
}

/** Without a zone the service means UTC, but `Date.parse` would mean local time. */
function inUtc(text: string): string {
  return !text.includes("T") || /(Z|[+-]\d\d:\d\d)$/i.test(text) ? text : `${text}Z`;
}

function zoneless(at: number): string {
  return new Date(at).toISOString().slice(0, "YYYY-MM-DDTHH:MM:SS".length);
}
