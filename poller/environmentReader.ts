import { SettingError } from "../activity-api/settingError.ts";

/** Reads on after a wrong value, so that all of them are told at once. */
export class EnvironmentReader {
  readonly #env: NodeJS.ProcessEnv;
  readonly #origins: Readonly<Record<string, string>>;
  readonly #problems: string[] = [];

  /** @param origins what to call a variable in errors whose value comes from elsewhere. Defaults to its name. */
  constructor(env: NodeJS.ProcessEnv, origins: Readonly<Record<string, string>> = {}) {
    this.#env = env;
    this.#origins = origins;
  }

  /** After a problem the value is undefined in spite of its type: `refuseWrongValues` keeps it from being used. */
  required<T>(name: string, parse: (value: string) => T): T {
    if (this.#isGiven(name)) return this.optional(name, parse) as T;
    this.#problems.push(`${this.#origins[name] ?? name} is not set.`);
    return undefined as T;
  }

  optional<T>(name: string, parse: (value: string) => T): T | undefined {
    if (!this.#isGiven(name)) return undefined;
    try {
      return parse(this.#env[name]!);
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      this.addProblem(name, error.message);
      return undefined;
    }
  }

  /** The names of the variables that are given and begin with `prefix`, in alphabetical order. */
  namesBeginning(prefix: string): string[] {
    return Object.keys(this.#env)
      .filter(name => name.startsWith(prefix) && this.#isGiven(name))
      .sort();
  }

  addProblem(name: string, problem: string): void {
    this.#problems.push(`${this.#origins[name] ?? name}: ${problem}`);
  }

  /** @throws SettingError that names every wrong variable. */
  refuseWrongValues(): void {
    if (this.#problems.length === 0) return;
    throw new SettingError(["The poller's settings are not right.", ...this.#problems].join("\n  "));
  }

  /** Portals and pipelines cannot always remove a variable: an empty one is none. */
  #isGiven(name: string): boolean {
    return (this.#env[name] ?? "").trim() !== "";
  }
}
