import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * Kills a process and everything that it has started, at once. Pulumi puts each plugin into a process group of its own, so
 * killing Pulumi's group would leave the language host and the dynamic provider running for ever.
 */
export function killTree(processId: number): void {
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/T", "/F", "/PID", `${processId}`]);
    return;
  }
  // Parents first: a shell that waits for a child would otherwise go on with its next command.
  for (const id of [processId, ...descendants(processId)]) kill(id);
}

/** The processes that a process has started, directly or through others, as long as their parents live. */
export function descendants(processId: number): number[] {
  const parentOf = process.platform === "linux" ? parentsFromProc() : parentsFromPs();
  const found = [processId];
  for (const ancestor of found) {
    for (const [id, parent] of parentOf) if (parent === ancestor) found.push(id);
  }
  return found.slice(1);
}

/** Read from /proc because small container images have no `ps`. */
function parentsFromProc(): Map<number, number> {
  const parentOf = new Map<number, number>();
  for (const id of readdirSync("/proc").filter(name => /^\d+$/.test(name))) {
    const parent = parentFromStat(id);
    if (parent !== undefined) parentOf.set(Number(id), parent);
  }
  return parentOf;
}

/** The fourth field of proc_pid_stat(5); the second is the program's name in parentheses and may itself hold spaces. */
function parentFromStat(processId: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // It has ended since the folder was listed.
  }
}

function parentsFromPs(): Map<number, number> {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = stdout.split("\n").map(line => line.trim().split(/\s+/).map(Number));
  return new Map(rows.filter((row): row is [number, number] => row.length === 2));
}

function kill(processId: number): void {
  try {
    process.kill(processId, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
