import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const POLLER = fileURLToPath(new URL("pollerUnderChaos.ts", import.meta.url));
const SHIFTED_CLOCK = new URL("shiftedClock.ts", import.meta.url).href;
const FULL_DISK = new URL("fullDisk.ts", import.meta.url).href;

/** The clock of the poller's machine. */
export interface MachineClock {
  /** How far it is ahead of that of the machine that this runs on. */
  aheadMilliseconds: number;
  /** How it goes wrong, after how much of the process's life. */
  jump?: { byMilliseconds: number; afterMilliseconds: number };
}

/** What no user can set, and what makes no difference to what is stored. */
export interface PollerHabits {
  /** After which it takes another poller for dead; with 0 it looks for none. */
  leaseMilliseconds: number;
  /** From what length on the events of a content blob go to the store while they come. */
  plainBytes: number;
}

/** When the disk of the poller's machine has no space left, counted in writes of the process. Without it there is space. */
export interface FullDisk {
  fromWrite: number;
  forWrites: number;
}

export interface Ending {
  /** Undefined for a process that was killed. */
  exitCode: number | undefined;
  output: string;
}

/**
 * One run of the poller's command, as `npm run poll -- --once` starts it, in a process that can be killed; or another
 * command, by its words.
 */
export class PollerProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ending>;

  constructor(
    environment: Record<string, string>,
    { aheadMilliseconds, jump }: MachineClock,
    { leaseMilliseconds, plainBytes }: PollerHabits,
    { words = ["--once"], fullDisk }: { words?: readonly string[]; fullDisk?: FullDisk } = {},
  ) {
    this.#child = spawn(
      process.execPath,
      ["--import", SHIFTED_CLOCK, "--import", FULL_DISK, POLLER, ...words],
      {
        env: {
          PATH: process.env.PATH,
          ...environment,
          CHAOS_LEASE_MILLISECONDS: String(leaseMilliseconds),
          CHAOS_PLAIN_BYTES: String(plainBytes),
          CHAOS_CLOCK_AHEAD_MILLISECONDS: String(aheadMilliseconds),
          CHAOS_CLOCK_JUMP_MILLISECONDS: String(jump?.byMilliseconds ?? 0),
          CHAOS_CLOCK_JUMPS_AFTER_MILLISECONDS: String(jump?.afterMilliseconds ?? 0),
          CHAOS_DISK_FULL_FROM_WRITE: String(fullDisk?.fromWrite ?? 0),
          CHAOS_DISK_FULL_FOR_WRITES: String(fullDisk?.forWrites ?? 0),
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.ended = ending(this.#child);
  }

  /** Says whether it was still alive. */
  kill(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.kill("SIGKILL");
  }
}

async function ending(child: ChildProcess): Promise<Ending> {
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8");
    stream.on("data", text => {
      output += text;
    });
  }
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode: exitCode ?? undefined, output };
}
