/**
 * Loaded before the poller (`node --import`), which knows nothing of it: its disk is full for a while, so that writing to
 * files fails, at first in the middle of a file.
 */
import { open } from "node:fs/promises";

const firstWrite = Number(process.env.CHAOS_DISK_FULL_FROM_WRITE ?? 0);
const writes = Number(process.env.CHAOS_DISK_FULL_FOR_WRITES ?? 0);

if (writes > 0) await fillDisk();

async function fillDisk(): Promise<void> {
  const handle = await open(process.execPath);
  const files = Object.getPrototypeOf(handle) as { writeFile(bytes: Buffer): Promise<void> };
  await handle.close();
  const { writeFile } = files;
  let written = 0;
  files.writeFile = async function (bytes) {
    written += 1;
    if (written < firstWrite || written >= firstWrite + writes) return writeFile.call(this, bytes);
    // What still fits is on the disk.
    await writeFile.call(this, bytes.subarray(0, bytes.length / 2));
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
}
