import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { Poller, type PollerParts } from "../../poller/poller.ts";
import type { ContentTypeSummary } from "../../poller/reports/summary.ts";
import { type PollerSettings, readSettings } from "../../poller/settings.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";
import {
  type ActivityApiFixture,
  clientId,
  startActivityApiFixture,
  tenantId,
} from "./activityApiFixture.ts";

export { tenantId } from "./activityApiFixture.ts";

export interface PollerFixture extends ActivityApiFixture {
  folder: string;
  store: FolderStore;
  /** A new poller on the same store, as after a restart. */
  poller(changes?: Partial<PollerSettings>, parts?: Partial<PollerParts>): Poller;
  /** One run of a new poller, and what it says of Audit.General. */
  run(changes?: Partial<PollerSettings>, stop?: AbortSignal): Promise<ContentTypeSummary>;
  /** Every event in the store, by the file that it is in. */
  storedLines(): Promise<string[]>;
  /** The ids of the events in the store, sorted. */
  storedIds(): Promise<string[]>;
  /** The names of all files below the folder. */
  files(): Promise<string[]>;
}

/** A tenant of its own with a subscription to Audit.General, and a folder for a poller. */
export async function startPollerFixture(): Promise<PollerFixture> {
  const api = await startActivityApiFixture();
  // A new subscription shows the content of the last days too.
  api.service.turnKnobs({
    duplicateShare: 0,
    shuffleEvents: false,
    quotaPerMinute: null,
    backfillHours: 24 * 8,
  });
  await api.client().startSubscription("Audit.General");
  const folder = await mkdtemp(path.join(tmpdir(), "poller-"));
  const settings = readSettings({
    SIEM_TENANT_ID: tenantId,
    SIEM_CLIENT_ID: clientId,
    SIEM_STORE: folder,
    SIEM_ACTIVITY_API_URL: api.url,
  });
  const store = new FolderStore(folder);
  const poller: PollerFixture["poller"] = (changes = {}, parts = {}) =>
    new Poller(
      { ...settings, ...changes },
      {
        client: api.client({ retryBudgetSeconds: 1 }),
        eventStore: store,
        ledgerStore: store,
        clock: api.clock,
        ...parts,
      },
    );
  const files = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
  };
  const storedLines = async () => {
    const blobs = (await files()).filter(file => file.startsWith(path.join(folder, "events"))).sort();
    const texts = await Promise.all(blobs.map(async blob => gunzipSync(await readFile(blob)).toString()));
    return texts.flatMap(text => text.split("\n").slice(0, -1));
  };
  return {
    ...api,
    folder,
    store,
    poller,
    files,
    storedLines,
    storedIds: async () => (await storedLines()).map(line => String(JSON.parse(line).Id)).sort(),
    run: async (changes, stop = new AbortController().signal) => {
      const { contentTypes } = await poller(changes).run(stop);
      return contentTypes[0]!;
    },
    close: async () => {
      await api.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** An event as the feed has it, with what a test is about. */
export function event(id: string, recordType: unknown = 28, more: object = {}): string {
  return JSON.stringify({
    CreationTime: "2026-11-21T07:00:00",
    Id: id,
    Operation: "TIMailData",
    RecordType: recordType,
    Workload: "ThreatIntelligence",
    ...more,
  });
}

export function events(prefix: string, count: number, recordType: unknown = 28): string[] {
  return Array.from({ length: count }, (_, index) => event(`${prefix}${index}`, recordType));
}
