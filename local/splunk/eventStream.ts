/** The JSON text of each top-level value of an event, by its key. */
export type EventTexts = ReadonlyMap<string, string>;

/** A string, a bracket, a scalar, or what is between values. */
const PART = /"(?:[^"\\]+|\\.)*"|[{}[\]]|[^\s"{}[\],:]+|[\s,:]+/sy;

/**
 * The events of a request to HTTP Event Collector: JSON objects one after the other, with or without space between them.
 * What they say is kept as text, since Splunk indexes that.
 *
 * @returns undefined in the place of the first that is no JSON object; there the stream ends.
 */
export function readEventStream(text: string): (EventTexts | undefined)[] {
  const events: (EventTexts | undefined)[] = [];
  for (let at = startOfValue(text, 0); at < text.length; ) {
    const end = endOfValue(text, at);
    const event = end === undefined ? undefined : readObject(text.slice(at, end));
    events.push(event);
    if (end === undefined || event === undefined) break;
    at = startOfValue(text, end);
  }
  return events;
}

function readObject(text: string): EventTexts | undefined {
  if (!isObject(text)) return undefined;
  const values = new Map<string, string>();
  for (let at = startOfValue(text, 1); text[at] === '"'; ) {
    const endOfKey = endOfValue(text, at)!;
    const start = startOfValue(text, endOfKey);
    const end = endOfValue(text, start)!;
    values.set(JSON.parse(text.slice(at, endOfKey)), text.slice(start, end));
    at = startOfValue(text, end);
  }
  return values;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function startOfValue(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n,:".includes(text[at]!)) at += 1;
  return at;
}

/** Undefined when the text ends before the value does. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  for (PART.lastIndex = start; ; ) {
    const part = PART.exec(text)?.[0];
    if (part === undefined) return undefined;
    if (part === "{" || part === "[") depth += 1;
    if (part === "}" || part === "]") depth -= 1;
    if (depth < 0) return undefined;
    if (depth === 0 && !/^[\s,:]/.test(part)) return PART.lastIndex;
  }
}
