interface Moment {
  number: number;
  happens: () => void;
}

/** Lets things happen when something is counted for the nth time since the last beginning. */
export class Moments {
  #counted = 0;
  #moments: Moment[] = [];

  begin(): void {
    this.#counted = 0;
    this.#moments = [];
  }

  at(number: number, happens: () => void): void {
    this.#moments.push({ number, happens });
  }

  count(): void {
    this.#counted += 1;
    const due = this.#moments.filter(({ number }) => number <= this.#counted);
    this.#moments = this.#moments.filter(({ number }) => number > this.#counted);
    for (const { happens } of due) happens();
  }
}
