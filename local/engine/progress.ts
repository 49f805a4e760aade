/** What the installation of the engine is doing. */
export interface EngineProgress {
  /** The step, such as "Building Pulumi 3.259.0 from source". */
  step: string;
  /** How far the step is, such as "812 packages compiled", or why it failed; empty where there is nothing to say. */
  detail: string;
  /** The time that the step has taken so far. */
  elapsedSeconds: number;
  state: "running" | "done" | "failed";
}

export type OnEngineProgress = (progress: EngineProgress) => void;

/** What is needed of a stream such as `process.stderr`. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const SECONDS_BETWEEN_LINES = 15;

/**
 * Shows progress on a stream: a line that is rewritten on a terminal, a line every quarter of a minute elsewhere, so that
 * the log of a pipeline stays readable and yet shows that something happens.
 */
export function showProgress(stream: ProgressStream = process.stderr): OnEngineProgress {
  return stream.isTTY ? updatingLine(stream) : linesAtIntervals(stream);
}

/** Runs a step and reports it every second, at its end, and when it fails. */
export async function reportStep<Result>(
  step: string,
  onProgress: OnEngineProgress,
  run: (setDetail: (detail: string) => void) => Promise<Result>,
): Promise<Result> {
  const startedAt = Date.now();
  let detail = "";
  const report = (state: EngineProgress["state"]) =>
    onProgress({ step, detail, elapsedSeconds: Math.floor((Date.now() - startedAt) / 1000), state });
  report("running");
  const timer = setInterval(report, 1000, "running");
  try {
    const result = await run(text => {
      detail = text;
    });
    report("done");
    return result;
  } catch (error) {
    detail = (error as Error).message;
    report("failed");
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function updatingLine(stream: ProgressStream): OnEngineProgress {
  return progress => {
    // A line that wraps could not be rewritten.
    const line = describe(progress).slice(0, (stream.columns ?? 80) - 1);
    stream.write(`\r\x1b[K${line}${progress.state === "running" ? "" : "\n"}`);
  };
}

function linesAtIntervals(stream: ProgressStream): OnEngineProgress {
  let step = "";
  let nextLineAtSeconds = 0;
  return progress => {
    if (progress.step !== step) nextLineAtSeconds = 0;
    step = progress.step;
    if (progress.state === "running" && progress.elapsedSeconds < nextLineAtSeconds) return;
    nextLineAtSeconds = progress.elapsedSeconds + SECONDS_BETWEEN_LINES;
    stream.write(`${describe(progress)}\n`);
  };
}

function describe({ step, detail, elapsedSeconds, state }: EngineProgress): string {
  const time = duration(elapsedSeconds);
  if (state === "failed") return `${step} ... failed after ${time}: ${detail}`;
  const soFar = detail === "" ? time : `${detail}, ${time}`;
  return `${step} ... ${state === "done" ? "done, " : ""}${soFar}`;
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
