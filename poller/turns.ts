/** Lets so many tasks run at a time, in the order in which they were asked for. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Runs the task when its turn comes, and gives what it gives.
   *
   * @param patienceMilliseconds how long it may wait for its turn. Defaults to for ever.
   * @throws whatever the task throws, and Error when no turn has come in time.
   */
  async run<T>(task: () => Promise<T>, patienceMilliseconds?: number): Promise<T> {
    if (this.#running < this.#most) this.#running += 1;
    else await this.#turn(patienceMilliseconds);
    try {
      return await task();
    } finally {
      this.#pass();
    }
  }

  #turn(patienceMilliseconds: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(giveUp);
        resolve();
      };
      const giveUp =
        patienceMilliseconds === undefined
          ? undefined
          : setTimeout(() => {
              this.#waiting.splice(this.#waiting.indexOf(begin), 1);
              reject(
                new Error(`no turn came in ${patienceMilliseconds / 1000} s, since others were at work.`),
              );
            }, patienceMilliseconds);
      this.#waiting.push(begin);
    });
  }

  /** To the one that has waited longest; nobody who has just come gets before it. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
