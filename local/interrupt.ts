import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ends this process on Ctrl-C and its like after `close` has cleaned up, with the exit code that shells expect. Another
 * signal while it cleans up changes nothing: giving up half way is what leaves things behind.
 *
 * @returns aborted by the first signal; what fails from then on fails because everything is being closed.
 */
export function closeOnInterrupt(close: () => Promise<void>): AbortSignal {
  const interrupted = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (interrupted.signal.aborted) return;
    interrupted.abort();
    close().then(
      () => process.exit(128 + constants.signals[signal]),
      error => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return interrupted.signal;
}
