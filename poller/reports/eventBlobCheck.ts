import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { EventBlobHoldings } from "../ledger/ledgerHead.ts";
import type { ReadableStore } from "../store/store.ts";

const NEWLINE = 0x0a;

/**
 * Compares an event blob with what the ledger says of it, however large it is.
 *
 * @returns what is wrong, or undefined.
 */
export async function checkEventBlob(
  store: ReadableStore,
  name: string,
  recorded: EventBlobHoldings,
): Promise<string | undefined> {
  const pieces = await store.stream(name);
  if (pieces === undefined) return `${name} is not in the store; it held ${recorded.events} events`;
  try {
    return difference(name, await measure(pieces), recorded);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return `${name} is damaged (${error.message}); it held ${recorded.events} events`;
  }
}

function difference(name: string, found: EventBlobHoldings, recorded: EventBlobHoldings): string | undefined {
  if (found.events !== recorded.events)
    return `${name} holds ${found.events} events, and the ledger says ${recorded.events}`;
  if (found.sha256 !== recorded.sha256)
    return `${name} was changed: its SHA-256 is ${found.sha256}, and the ledger says ${recorded.sha256}`;
  return undefined;
}

async function measure(pieces: AsyncIterable<Uint8Array>): Promise<EventBlobHoldings> {
  const hash = createHash("sha256");
  let bytes = 0;
  let events = 0;
  await pipeline(
    async function* () {
      for await (const piece of pieces) {
        hash.update(piece);
        bytes += piece.length;
        yield piece;
      }
    },
    createGunzip(),
    async (lines: AsyncIterable<Buffer>) => {
      for await (const chunk of lines) events += newlines(chunk);
    },
  );
  return { events, bytes, sha256: hash.digest("hex") };
}

function newlines(chunk: Buffer): number {
  let found = 0;
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) found += 1;
  return found;
}

/** zlib's errors, as against those of the store. */
function isDamage(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
