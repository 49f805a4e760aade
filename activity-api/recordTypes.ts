import { RECORD_TYPE_NAMES, UNDOCUMENTED_RECORD_TYPE_NAMES } from "./recordTypeNames.ts";
import { SettingError } from "./settingError.ts";

/**
 * The records of Defender for Office 365: 28 ThreatIntelligence, 41 ThreatIntelligenceUrl, 47 ThreatIntelligenceAtpContent,
 * 64 AirInvestigation. https://learn.microsoft.com/defender-office-365/siem-integration-with-office-365-ti
 */
export const DEFENDER_RECORD_TYPES: readonly number[] = [28, 41, 47, 64];

const listUrl =
  "https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema#auditlogrecordtype";

const names: Readonly<Record<number, string>> = { ...RECORD_TYPE_NAMES, ...UNDOCUMENTED_RECORD_TYPE_NAMES };

/** Microsoft renamed these in its table; older pages, and the `Workload` of the events, keep the former names. */
const formerNames: Readonly<Record<string, number>> = { Yammer: 22, WorkplaceAnalytics: 44 };

const numbersByName: ReadonlyMap<string, number> = new Map(
  [
    ...Object.entries(names).map(([number, name]) => [name, Number(number)] as const),
    ...Object.entries(formerNames),
  ].map(([name, number]) => [comparable(name), number]),
);

/** Microsoft's name of a record type, or the number as text where there is none: Microsoft adds types without notice. */
export function recordTypeName(recordType: number): string {
  return names[recordType] ?? String(recordType);
}

/**
 * The number of a record type given by name, in any letter case, or by number. A number needs not be known here: it cannot
 * be misspelled into another one by accident as easily as it can be newer than this table.
 *
 * @throws SettingError with the names that come close.
 */
export function parseRecordType(nameOrNumber: string): number {
  const text = nameOrNumber.trim();
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  const found = numbersByName.get(comparable(text));
  if (found !== undefined) return found;
  throw new SettingError(
    `"${nameOrNumber}" is not an audit record type. ${nearNames(text)}All are listed at ${listUrl}`,
  );
}

/** Microsoft's table writes "Viva Engage" and "VivaInsights" side by side. */
function comparable(name: string): string {
  return name.replace(/\s/g, "").toLowerCase();
}

function nearNames(text: string): string {
  const wanted = comparable(text);
  const tolerated = Math.max(2, Math.floor(wanted.length / 4));
  const near = Object.entries(names)
    .map(([number, name]) => ({ number, name, distance: nameDistance(wanted, comparable(name)) }))
    .filter(candidate => candidate.distance <= tolerated)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, 3);
  if (near.length === 0) return "Use a name such as ThreatIntelligence, or its number, 28. ";
  return `Did you mean ${near.map(({ name, number }) => `${name} (${number})`).join(" or ")}? `;
}

/** A beginning counts as close: "Threat" and "AttackSimulation" are meant to be found. */
function nameDistance(wanted: string, name: string): number {
  if (wanted.length >= 4 && (name.startsWith(wanted) || wanted.startsWith(name))) return 1;
  return editDistance(wanted, name);
}

/** Levenshtein's: the least insertions, deletions and replacements of one character that turn one word into the other. */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, character] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, otherCharacter] of [...other].entries()) {
      const replaced = previous[column]! + (character === otherCharacter ? 0 : 1);
      current.push(Math.min(replaced, previous[column + 1]! + 1, current[column]! + 1));
    }
    previous = current;
  }
  return previous[other.length]!;
}
