import { parseRecordType, recordTypeName } from "../../activity-api/recordTypes.ts";

/** By name, so that a reader of the application settings need not look numbers up. */
export function parseWantedRecordType(value: string | number): string {
  return value === "all" ? value : recordTypeName(parseRecordType(String(value)));
}
