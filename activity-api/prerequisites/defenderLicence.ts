import type { ActivityApiClient } from "../client.ts";
import { ActivityApiError } from "../errors.ts";
import { recordTypeName } from "../recordTypes.ts";
import type { PrerequisiteCheck } from "./check.ts";
import type { NewestContent } from "./newestContent.ts";

/**
 * Record types that only a Defender for Office 365 plan brings. Not 28: tenants with nothing but Exchange Online
 * Protection may have that one too.
 */
const LICENSED_RECORD_TYPES: readonly number[] = [41, 47, 64];

/** A look at all content would cost the poller its quota. */
const mostBlobs = 20;
const mostBytesOfBlob = 1024 * 1024;

/** A hint and no more: the API does not tell licences, and silence proves nothing. */
export async function hintAtLicence(
  client: ActivityApiClient,
  content: NewestContent | undefined,
): Promise<PrerequisiteCheck> {
  const name = "Defender licence";
  if (content === undefined)
    return { name, state: "unknown", finding: "Not known until Audit.General is subscribed to." };
  if (content.failure !== undefined) return { name, state: "unknown", finding: content.failure.message };
  const blobs = content.items.slice(0, mostBlobs);
  for (const { contentUri, contentCreated } of blobs) {
    const recordTypes = await recordTypesIn(client, contentUri);
    const licensed = LICENSED_RECORD_TYPES.find(recordType => recordTypes.has(recordType));
    if (licensed !== undefined)
      return {
        name,
        state: "ok",
        finding: `${recordTypeName(licensed)} (${licensed}) came at ${contentCreated}.`,
      };
  }
  return {
    name,
    state: "unknown",
    finding: `${describe(content, blobs.length)} A quiet tenant has none for days, one without a plan never.`,
    fix:
      "Check that the tenant has Defender for Office 365: Plan 1 (also in Business Premium) brings the record types " +
      "41 and 47, Plan 2 (also in E5, A5 and G5) 64 as well.",
  };
}

function describe({ items, since }: NewestContent, looked: number): string {
  const sinceDay = since.toISOString().slice(0, 10);
  if (items.length === 0) return `Audit.General has no content since ${sinceDay}.`;
  return `The newest ${looked} content blobs of Audit.General hold no record of type 41, 47 or 64.`;
}

/** The record types at the beginning of a content blob, which is not parsed: half a blob is no JSON. */
async function recordTypesIn(client: ActivityApiClient, contentUri: string): Promise<Set<number>> {
  const beginning = await readBeginning(client, contentUri);
  return new Set([...beginning.matchAll(/"RecordType"\s*:\s*"?(\d+)/g)].map(match => Number(match[1])));
}

async function readBeginning(client: ActivityApiClient, contentUri: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of await client.fetchContent(contentUri)) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= mostBytesOfBlob) break;
    }
  } catch (error) {
    // One that is gone or breaks off is no reason to give up the hint.
    if (!(error instanceof ActivityApiError)) throw error;
  }
  return Buffer.concat(pieces).toString("utf8");
}
