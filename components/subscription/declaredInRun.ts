import { constants, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Never through a link that somebody else has put into the common temporary folder. */
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);

/**
 * The ids that the program of one run of the engine declares.
 *
 * A run has a second provider process when `pulumi up --replace '**'` replaces Pulumi's own provider along with
 * everything else: the new process checks and creates, the old one deletes. Both serve the same engine, so that they
 * meet in a file that is named after its address.
 */
export class DeclaredInRun {
  readonly #ids = new Set<string>();
  readonly #file: string;
  #openFile: number | undefined;

  /** @param engineAddress host and port of the engine. */
  constructor(engineAddress: string) {
    this.#file = path.join(tmpdir(), `defender-siem-${engineAddress.replace(/\W/g, "-")}`);
  }

  add(id: string): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    ifPossible(() => writeSync(this.#ownFile(), `${id}\n`));
  }

  has(id: string): boolean {
    return this.#ids.has(id) || (ifPossible(() => this.#toldByOther()) ?? []).includes(id);
  }

  /** Takes back what other processes were told. */
  forget(): void {
    ifPossible(() => rmSync(this.#file, { force: true }));
  }

  #ownFile(): number {
    if (this.#openFile === undefined) {
      rmSync(this.#file, { force: true });
      this.#openFile = openSync(this.#file, APPEND, 0o600);
      writeSync(this.#openFile, `${process.pid}\n`);
    }
    return this.#openFile;
  }

  /** Engines use ports again: what a process has written that is gone is of another run. */
  #toldByOther(): string[] {
    const [processId, ...ids] = readFileSync(this.#file, "utf8").split("\n");
    process.kill(Number(processId), 0);
    return ids;
  }
}

/** Without the file a process knows what it was asked itself, and in any other run that is all there is to know. */
function ifPossible<Result>(access: () => Result): Result | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
