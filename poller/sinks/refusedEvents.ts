import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Store } from "../store/store.ts";
import { sinkEvent } from "./eventChunks.ts";
import type { RefusedEvent, SinkEvent } from "./sink.ts";

const NEWLINE = 0x0a;

/** Where events wait for somebody, and where for the next run. */
type Folder = "refused" | "again";

/** A document of events that a sink has refused. */
export interface RefusedDocument {
  name: string;
  /** How many events it holds. */
  events: number;
}

/**
 * The events that one sink has refused, in the ledger's store: `refused/` holds those that somebody should look at, `again/`
 * those that the next run is to send again. As a document they are gzipped text: a line that says why, and after it the
 * event as a line, byte for byte.
 */
export class RefusedEvents {
  readonly #store: Store;
  readonly #prefix: string;

  /** @param ledgerPrefix what the names of the ledger's documents begin with, up to a slash. */
  constructor(ledgerStore: Store, ledgerPrefix: string, sinkName: string) {
    this.#store = ledgerStore;
    this.#prefix = `${ledgerPrefix}sinks/${sinkName}/`;
  }

  /**
   * Keeps events for somebody to look at.
   *
   * @param origin names the events that were sent, the same each time: what a run that was killed has kept, the next one
   * keeps under the same name.
   */
  async keep(origin: string, refused: readonly RefusedEvent[]): Promise<void> {
    const pieces = refused.flatMap(({ event: { id, line }, reason }) => [
      Buffer.from(`${JSON.stringify({ reason, id })}\n`),
      line,
      Buffer.from("\n"),
    ]);
    const name = `${this.#prefix}refused/${origin}.${refused.length}.ndjson.gz`;
    await this.#write(name, await promisify(gzip)(Buffer.concat(pieces)));
  }

  /** Those that somebody should look at. */
  refused(): Promise<RefusedDocument[]> {
    return this.#list("refused");
  }

  /** Those that are to be sent again. */
  again(): Promise<RefusedDocument[]> {
    return this.#list("again");
  }

  /** What a document holds; undefined when it is gone, since somebody else was faster. */
  async read({ name }: RefusedDocument): Promise<RefusedEvent[] | undefined> {
    const document = await this.#store.read(name);
    return document === undefined ? undefined : parse(await promisify(gunzip)(document.bytes));
  }

  /** Has the next run send a document's events again. */
  async sendAgain({ name }: RefusedDocument): Promise<void> {
    const document = await this.#store.read(name);
    if (document === undefined) return;
    await this.#write(name.replace(`${this.#prefix}refused/`, `${this.#prefix}again/`), document.bytes);
    await this.#store.remove(name);
  }

  async remove({ name }: RefusedDocument): Promise<void> {
    await this.#store.remove(name);
  }

  async #write(name: string, bytes: Buffer): Promise<void> {
    await this.#store.replace(name, bytes, (await this.#store.read(name))?.version);
  }

  async #list(folder: Folder): Promise<RefusedDocument[]> {
    const names = await this.#store.list(`${this.#prefix}${folder}/`);
    return names.map(name => ({ name, events: Number(/\.(\d+)\.ndjson\.gz$/.exec(name)?.[1] ?? 0) }));
  }
}

/** Under which name the events of a document are kept when they are refused once more. */
export function originOf({ name }: RefusedDocument): string {
  return name.slice(name.lastIndexOf("/") + 1).replace(/\.\d+\.ndjson\.gz$/, "");
}

function parse(document: Buffer): RefusedEvent[] {
  const refused: RefusedEvent[] = [];
  for (let at = 0; at < document.length; ) {
    const endOfReason = document.indexOf(NEWLINE, at);
    const endOfEvent = document.indexOf(NEWLINE, endOfReason + 1);
    const { reason } = JSON.parse(document.toString("utf8", at, endOfReason)) as { reason: string };
    const event: SinkEvent = sinkEvent(document.subarray(endOfReason + 1, endOfEvent));
    refused.push({ event, reason });
    at = endOfEvent + 1;
  }
  return refused;
}
