const LABEL_WIDTH = 10;

/** Prints the story: a label in front of the first line of each step, and nothing in front of the others. */
export class Narration {
  readonly #startedAt = Date.now();
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void = console.log) {
    this.#write = write;
  }

  step(label: string, ...lines: string[]): void {
    for (const [index, line] of lines.entries()) {
      this.#write(`${(index === 0 ? label : "").padEnd(LABEL_WIDTH)}${line}`);
    }
  }

  plain(...lines: string[]): void {
    for (const line of lines) this.#write(line);
  }

  /** Time since the story began, in whole seconds. */
  get seconds(): number {
    return Math.round((Date.now() - this.#startedAt) / 1000);
  }
}

/** `1 resource`, `2 resources`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
