/**
 * A folder whose disk is full: every call of the operating system that may say so does, one after the other. And where the
 * tests run as root, a disk that really is.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BATCH_LIMITS } from "../../poller/delivery/batches.ts";
import { DiskFullError } from "../../poller/store/diskFullError.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";
import { event, startPollerFixture } from "./pollerFixture.ts";
import { storeLike } from "./storeDouble.ts";

const full = (code: string) => Object.assign(new Error(`${code}: no space left on device, write`), { code });

/** Makes a function of the file system fail, for everybody who imports it, until the end of the test. */
function failing(name: "open" | "mkdir" | "link", code: string): void {
  vi.spyOn(fs.promises, name).mockRejectedValue(full(code));
  syncBuiltinESMExports();
}

async function failingHandle(name: "writeFile" | "sync", code: string): Promise<void> {
  const handle = await open(import.meta.filename);
  vi.spyOn(Object.getPrototypeOf(handle), name).mockRejectedValue(full(code));
  await handle.close();
}

const failures: [string, (code: string) => unknown][] = [
  ["opened", code => failing("open", code)],
  ["written", code => failingHandle("writeFile", code)],
  ["flushed", code => failingHandle("sync", code)],
  ["given a folder", code => failing("mkdir", code)],
  ["given its name", code => failing("link", code)],
];

describe("A full disk", () => {
  let folder: string;
  let store: FolderStore;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "full-"));
    store = new FolderStore(folder);
    await store.replace("ledger/head.json", Buffer.from("before"), undefined);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    await rm(folder, { recursive: true });
  });
  const files = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter(entry => entry.isFile())
      .map(({ name }) => name);

  it.each(failures)(
    "is told when a file cannot be %s, leaves nothing half written, and can be written to later",
    async (_, fail) => {
      for (const code of ["ENOSPC", "EDQUOT"]) {
        await fail(code);
        const creating = store.create("events/new/one.gz", Buffer.from("one"));
        await expect(creating).rejects.toThrow(DiskFullError);
        await expect(creating).rejects.toThrow(
          `There is no space left for ${folder} (${code}: no space left on device, write). Free some space: the next run goes on where this one ended.`,
        );
        await expect(store.replace("ledger/head.json", Buffer.from("after"), "1")).rejects.toThrow(
          DiskFullError,
        );
        const long = async () => {
          const object = await store.begin("events/new/one.gz");
          const written = object.write(Buffer.from("one")).then(() => object.commit());
          await written.finally(() => object.discard());
        };
        await expect(long()).rejects.toThrow(DiskFullError);
        vi.restoreAllMocks();
        syncBuiltinESMExports();
      }
      expect(await files()).toEqual(["head.json.1"]);
      expect((await store.read("ledger/head.json"))?.bytes.toString()).toBe("before");
      expect(await store.create("events/new/one.gz", Buffer.from("one"))).toBe(true);
    },
  );

  it("is let go of, with all that was read by then, when a run ends for it", async () => {
    const fixture = await startPollerFixture();
    try {
      for (const id of ["a", "b", "c", "d"])
        fixture.service.publish("Audit.General", [event(id)], { eventsPerBlob: 1 });
      const ledgerStore = storeLike(fixture.store, { replace: () => Promise.reject(full("ENOSPC")) });
      // Each content blob goes to the store while it is read, and stays open until a flush.
      const batchLimits = { ...BATCH_LIMITS, plainBytes: 0, contents: 2 };
      const poller = fixture.poller({ concurrency: 1 }, { ledgerStore, batchLimits, leaseMilliseconds: 0 });
      const { contentTypes } = await poller.run(new AbortController().signal);
      expect(contentTypes[0]).toMatchObject({ error: expect.stringContaining("ENOSPC") });
      expect((await fixture.files()).filter(file => file.includes(".unfinished"))).toEqual([]);
    } finally {
      await fixture.close();
    }
  });

  const mayMount = process.platform === "linux" && process.getuid?.() === 0;
  it.skipIf(!mayMount)("ends a run with an error that says so, and the next one goes on", async () => {
    const fixture = await startPollerFixture();
    const mount = (size: string, ...options: string[]) =>
      execFileSync("mount", [
        "-t",
        "tmpfs",
        "-o",
        [`size=${size}`, ...options].join(),
        "tmpfs",
        fixture.folder,
      ]);
    mount("400k");
    try {
      const ids = Array.from({ length: 20 }, (_, index) => `e${index}`);
      for (const id of ids) {
        const more = { noise: randomBytes(30_000).toString("base64") };
        fixture.service.publish("Audit.General", [event(id, 28, more)], { eventsPerBlob: 1 });
      }
      const summary = await fixture.run();
      expect(summary).toMatchObject({
        isComplete: false,
        error: expect.stringMatching(/^There is no space left for \S+ \(ENOSPC: no space left on device, /),
      });
      expect((await fixture.files()).filter(file => file.includes(".unfinished"))).toEqual([]);
      mount("10m", "remount");
      fixture.clock.advance(600_000);
      expect(await fixture.run()).toMatchObject({ isComplete: true });
      expect(await fixture.storedIds()).toEqual(ids.toSorted());
    } finally {
      execFileSync("umount", [fixture.folder]);
      await fixture.close();
    }
  });
});
