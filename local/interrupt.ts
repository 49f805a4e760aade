import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ends this process on Ctrl-C and its like after `close` has cleaned up, with the exit code that shells expect. Another
 * signal while it cleans up changes nothing: giving up half way is what leaves things behind.
 */
export function closeOnInterrupt(close: () => Promise<void>): void {
  let closing = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (closing) return;
    closing = true;
    close().then(
      () => process.exit(128 + constants.signals[signal]),
      error => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}
