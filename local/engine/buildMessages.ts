const LINES_OF_AN_ERROR = 12;

/** What `go build -v` writes: the modules that it downloads, the packages that it compiles, and what goes wrong. */
export class BuildMessages {
  readonly #setDetail: (detail: string) => void;
  readonly #others: string[] = [];
  #modules = 0;
  #packages = 0;

  constructor(setDetail: (detail: string) => void) {
    this.#setDetail = setDetail;
  }

  add(line: string): void {
    if (line.startsWith("go: downloading ")) {
      this.#modules += 1;
      this.#setDetail(`${this.#modules} modules downloaded`);
    } else if (isPackage(line)) {
      this.#packages += 1;
      this.#setDetail(`${this.#packages} packages compiled`);
    } else if (line.trim() !== "") {
      this.#others.push(line.trim());
    }
  }

  /** The end of what was neither progress of the one kind nor of the other. */
  errors(): string {
    const errors = this.#others.slice(-LINES_OF_AN_ERROR).join("\n     ");
    return errors.includes("signal: killed")
      ? `${errors}\n     The build needs about 2 GB of free memory.`
      : errors;
  }
}

/** A package's import path stands alone on its line; a message has spaces, a position, or a `#` in front. */
function isPackage(line: string): boolean {
  return /^[\w.~/-]+$/.test(line);
}
