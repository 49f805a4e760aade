/**
 * The events of an NDJSON text, each line byte for byte without its end. Empty lines are skipped.
 *
 * @throws TypeError that names the line which is not a JSON object, or says that the bytes are not UTF-8.
 */
export function readEventLines(ndjson: Uint8Array): string[] {
  const lines = decode(ndjson).split(/\r?\n/);
  const events: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    requireObject(line, index + 1);
    events.push(line);
  }
  return events;
}

/** Strict, since a decoder that replaces bad bytes would publish something else than it was given. */
function decode(ndjson: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(ndjson);
  } catch {
    throw new TypeError("The events are not UTF-8. Send newline-delimited JSON in UTF-8.");
  }
}

function requireObject(line: string, number: number): void {
  const excerpt = line.length > 60 ? `${line.slice(0, 60)}...` : line;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new TypeError(`Line ${number} is not JSON (${(error as Error).message}): ${excerpt}`);
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return;
  throw new TypeError(`Line ${number} is not a JSON object: ${excerpt}. Give one event per line.`);
}
