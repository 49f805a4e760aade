import { constants } from "node:os";

/** A child process as far as ending it is concerned. */
export interface RunningChild {
  /** Asks it to end, more firmly each time. */
  interrupt(): void;
  /** Ends it at once with everything that it has started. */
  kill(): void;
  /** Settles when it has ended. */
  ended: Promise<unknown>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const running = new Set<RunningChild>();
let endingProcess = false;

/**
 * Ends the child when this process ends, however it is told to: children run in process groups of their own, so neither
 * the terminal nor the operating system does it.
 */
export function endWithThisProcess(child: RunningChild): void {
  if (running.size === 0) {
    for (const signal of SIGNALS) process.on(signal, passOn);
    process.on("exit", killAll);
  }
  running.add(child);
  child.ended.then(
    () => forget(child),
    () => forget(child),
  );
}

/** @throws when this process is about to end, because a child that is started now would survive it. */
export function refuseWhileEnding(): void {
  if (endingProcess) throw new Error("Interrupted.");
}

function forget(child: RunningChild): void {
  running.delete(child);
  if (running.size > 0 || endingProcess) return;
  for (const signal of SIGNALS) process.off(signal, passOn);
  process.off("exit", killAll);
}

/**
 * A program that listens for the signal itself decides when it ends. For all others this listener has switched off Node's
 * own reaction, so it must end the process: after the children, which may have something to finish.
 */
function passOn(signal: NodeJS.Signals): void {
  endingProcess ||= process.listenerCount(signal) === 1;
  const children = [...running];
  for (const child of children) child.interrupt();
  if (!endingProcess) return;
  void Promise.allSettled(children.map(child => child.ended)).then(() =>
    process.exit(128 + constants.signals[signal]),
  );
}

function killAll(): void {
  for (const child of running) child.kill();
}
