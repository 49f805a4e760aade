import { InvalidArgumentError } from "commander";

/** Reads a number of minutes above 0. */
export function minutesUpTo(most: number): (value: string) => number {
  return value => {
    const minutes = Number(value);
    if (minutes > 0 && minutes <= most) return minutes;
    throw new InvalidArgumentError(
      `"${value}" is not a number of minutes. Use one above 0 and up to ${most}.`,
    );
  };
}
