import { UNKNOWN } from "./wireFormat.ts";

/** What `check` reports of an input that cannot be meant; Pulumi fails the preview with it. */
export interface CheckFailure {
  property: string;
  reason: string;
}

/** Goes over the declared inputs of a dynamic resource and collects everything that is wrong with them. */
export class InputCheck {
  readonly failures: CheckFailure[] = [];

  /** The properties of `inputs` that may not be left out. */
  require<Inputs>(inputs: Inputs, properties: readonly (keyof Inputs & string)[]): void {
    for (const property of properties)
      if (!inputs[property])
        this.failures.push({ property, reason: `The ${property} is missing. Declare it.` });
  }

  /** The value in the parser's spelling, or as it is when it is left out, not known yet, or wrong. */
  parse<T>(property: string, value: T, parser: (value: NonNullable<T>) => T): T {
    if (value === undefined || value === null || value === UNKNOWN) return value;
    try {
      return parser(value);
    } catch (error) {
      this.failures.push({ property, reason: error instanceof Error ? error.message : String(error) });
      return value;
    }
  }
}
