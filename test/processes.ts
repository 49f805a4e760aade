import { readFileSync } from "node:fs";
import { expect, vi } from "vitest";

/** Waits until none of the processes runs any more, and fails when one still does after a while. */
export async function expectToEnd(processIds: number[]): Promise<void> {
  await vi.waitFor(() => expect(processIds.filter(isRunning)).toEqual([]), {
    timeout: 20_000,
    interval: 100,
  });
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return !isZombie(processId);
  } catch {
    return false;
  }
}

/** An orphan that has ended stays listed, in state Z, until the operating system's first process notices. */
function isZombie(processId: number): boolean {
  if (process.platform !== "linux") return false;
  const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
}
