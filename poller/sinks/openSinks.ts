import type { Sink } from "./sink.ts";
import type { SinkSettings } from "./sinkSettings.ts";

/** The sinks of a poller, opened when something is first sent to them and kept from then on, with their connections. */
export class OpenSinks {
  readonly #open: (settings: SinkSettings) => Promise<Sink>;
  readonly #sinks = new Map<string, Promise<Sink>>();

  constructor(open: (settings: SinkSettings) => Promise<Sink>) {
    this.#open = open;
  }

  get(settings: SinkSettings): Promise<Sink> {
    const known = this.#sinks.get(settings.name);
    if (known !== undefined) return known;
    const opening = this.#open(settings);
    this.#sinks.set(settings.name, opening);
    opening.catch(() => this.#sinks.delete(settings.name));
    return opening;
  }

  async close(): Promise<void> {
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    await Promise.all(sinks.map(async opening => (await opening.catch(() => undefined))?.close()));
  }
}
