import { randomUUID } from "node:crypto";
import { openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * The ids that the program of one run of the engine declares.
 *
 * A run can have several provider processes. When `pulumi up --replace '**'` replaces Pulumi's own provider along with
 * everything else, the new process checks and creates and the old one deletes; and the plugin has a process for each
 * version that is asked for, with the resources of components in one and those that a program in YAML declares itself in
 * another. All serve the same engine, so that they meet in files that are named after its address, one for each process.
 */
export class DeclaredInRun {
  readonly #ids = new Set<string>();
  readonly #prefix: string;
  /** A name that nobody knows before: what somebody else may have put into the common temporary folder is not written to. */
  readonly #file: string;
  #openFile: number | undefined;

  /** @param engineAddress host and port of the engine. */
  constructor(engineAddress: string) {
    this.#prefix = `defender-siem-${engineAddress.replace(/\W/g, "-")}.`;
    this.#file = path.join(tmpdir(), `${this.#prefix}${randomUUID()}`);
  }

  add(id: string): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    ifPossible(() => writeSync(this.#ownFile(), `${id}\n`));
  }

  has(id: string): boolean {
    return this.#ids.has(id) || this.#filesOfRun().some(file => ifPossible(() => told(file))?.includes(id));
  }

  /** Takes back what other processes were told. */
  forget(): void {
    ifPossible(() => rmSync(this.#file, { force: true }));
  }

  #ownFile(): number {
    if (this.#openFile === undefined) {
      this.#openFile = openSync(this.#file, "ax", 0o600);
      writeSync(this.#openFile, `${process.pid}\n`);
    }
    return this.#openFile;
  }

  #filesOfRun(): string[] {
    const files = ifPossible(() => readdirSync(tmpdir())) ?? [];
    return files.filter(file => file.startsWith(this.#prefix)).map(file => path.join(tmpdir(), file));
  }
}

/** Engines use ports again: what a process has written that is gone is of another run. */
function told(file: string): string[] {
  const [processId, ...ids] = readFileSync(file, "utf8").split("\n");
  process.kill(Number(processId), 0);
  return ids;
}

/** Without the files a process knows what it was asked itself, and in any other run that is all there is to know. */
function ifPossible<Result>(access: () => Result): Result | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
