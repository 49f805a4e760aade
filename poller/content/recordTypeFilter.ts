import { parseRecordType, recordTypeName } from "../../activity-api/recordTypes.ts";
import type { RecordTypeValue } from "./eventScanner.ts";

/** The numbers of the record types to keep, or `all`. */
export type WantedRecordTypes = ReadonlySet<number> | "all";

/** Under which name events count that have no `RecordType`, or one that is neither a whole number nor a known name. */
export const NO_RECORD_TYPE = "none";

/** Decides by its `RecordType` whether an event is wanted, and under which name it counts. */
export class RecordTypeFilter {
  readonly #wanted: WantedRecordTypes;
  /** Services now and then write the name, or the number as text: looked up once for each spelling. */
  readonly #numbersByText = new Map<string, number | undefined>();

  constructor(wanted: WantedRecordTypes) {
    this.#wanted = wanted;
  }

  isWanted(recordType: RecordTypeValue): boolean {
    if (this.#wanted === "all") return true;
    const number = this.numberOf(recordType);
    return number !== undefined && this.#wanted.has(number);
  }

  /** Microsoft's name; the number as text where Microsoft has no name for it. */
  nameOf(recordType: RecordTypeValue): string {
    const number = this.numberOf(recordType);
    return number === undefined ? NO_RECORD_TYPE : recordTypeName(number);
  }

  /** Undefined when it is neither a whole number nor a known name. */
  numberOf(recordType: RecordTypeValue): number | undefined {
    if (typeof recordType !== "string") return isRecordTypeNumber(recordType) ? recordType : undefined;
    if (!this.#numbersByText.has(recordType)) this.#remember(recordType);
    return this.#numbersByText.get(recordType);
  }

  #remember(text: string): void {
    // Whatever the events say, it must not fill the memory.
    if (this.#numbersByText.size >= 1000) this.#numbersByText.clear();
    this.#numbersByText.set(text, numberNamed(text));
  }
}

function numberNamed(text: string): number | undefined {
  try {
    return parseRecordType(text);
  } catch {
    return undefined;
  }
}

/** Microsoft's numbers are below a thousand; what is far beyond is counted as none, so that names stay few. */
function isRecordTypeNumber(value: number | undefined): value is number {
  return Number.isInteger(value) && value! > 0 && value! < 1_000_000;
}
