/** Lets so many tasks run at a time. */
export class Slots {
  readonly #running = new Set<Promise<void>>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for a slot and starts the task in it. The task must not fail. */
  async start(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    const running: Promise<void> = task().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits until no task runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
