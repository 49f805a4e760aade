/** Runs one action after the other, in the order in which they were asked for. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    // Whoever asked hears of the failure; the next one begins all the same.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
