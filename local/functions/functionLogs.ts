export interface FunctionLog {
  /** When the line was written, in ISO 8601. */
  time: string;
  level: string;
  /** `host`; `user` and `system` for `context.log` and the worker's own; `console` for what the code printed. */
  category: string;
  message: string;
  /** Absent for lines that belong to no invocation. */
  invocationId?: string;
}

/** The oldest lines go first; a poll writes some dozen. */
const LINES_KEPT = 10_000;

/** What a function app and its host said. */
export class FunctionLogs {
  readonly lines: FunctionLog[] = [];
  readonly #collectors = new Set<(line: FunctionLog) => void>();

  /** Has every further line handed to `take`. */
  subscribe(take: (line: FunctionLog) => void): void {
    this.#collectors.add(take);
  }

  write(line: Omit<FunctionLog, "time">): void {
    const timed = { time: new Date().toISOString(), ...line };
    this.lines.push(timed);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
    for (const collect of this.#collectors) collect(timed);
  }

  /** Collects the lines of one invocation. Printed lines name none: they count for every one that is under way. */
  collect(invocationId: string): { lines: FunctionLog[]; stop(): void } {
    const lines: FunctionLog[] = [];
    const collector = (line: FunctionLog) => {
      if (line.invocationId === undefined || line.invocationId === invocationId) lines.push(line);
    };
    this.#collectors.add(collector);
    return { lines, stop: () => this.#collectors.delete(collector) };
  }
}
