import { type FileHandle, open, rm } from "node:fs/promises";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";

const MILLISECONDS_BETWEEN_READS = 100;

/**
 * Reads the file that the engine appends its events to, one line of JSON each, while the engine runs. The Automation API
 * follows its engine in the same way.
 */
export class EventLog {
  readonly file: string;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #decoder = new TextDecoder();
  #handle: FileHandle | undefined;
  #reading: Promise<void> = Promise.resolve();
  #incompleteLine = "";

  constructor(file: string, onEvent: (event: EngineEvent) => void) {
    this.file = file;
    this.#onEvent = onEvent;
    this.#timer = setInterval(() => this.#readMore(), MILLISECONDS_BETWEEN_READS);
  }

  /** Reads what is left, then removes the file: events hold the whole state of resources. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#readMore();
    await this.#reading;
    await this.#handle?.close();
    await rm(this.file, { force: true });
  }

  #readMore(): void {
    this.#reading = this.#reading.then(() => this.#read());
  }

  async #read(): Promise<void> {
    this.#handle ??= await openIfThere(this.file);
    if (this.#handle === undefined) return;
    const chunk = Buffer.alloc(64 * 1024);
    for (;;) {
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return;
      this.#take(this.#decoder.decode(chunk.subarray(0, bytesRead), { stream: true }));
    }
  }

  #take(text: string): void {
    const lines = (this.#incompleteLine + text).split("\n");
    this.#incompleteLine = lines.pop()!;
    for (const line of lines) if (line !== "") this.#onEvent(JSON.parse(line));
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch {
    return undefined; // The engine makes it when the operation begins.
  }
}
