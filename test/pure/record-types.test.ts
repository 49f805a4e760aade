import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RECORD_TYPE_NAMES, UNDOCUMENTED_RECORD_TYPE_NAMES } from "../../activity-api/recordTypeNames.ts";
import { DEFENDER_RECORD_TYPES, parseRecordType, recordTypeName } from "../../activity-api/recordTypes.ts";

const numbers = Object.keys({ ...RECORD_TYPE_NAMES, ...UNDOCUMENTED_RECORD_TYPE_NAMES }).map(Number);

describe("record types", () => {
  it("holds the 257 that Microsoft documents and those with a name from live feeds", () => {
    expect(Object.keys(RECORD_TYPE_NAMES)).toHaveLength(257);
    expect([117, 126, 155].map(recordTypeName)).toEqual([
      "AppGovernance",
      "Microsoft365Group",
      "ComplianceManager",
    ]);
  });

  it("names those of Defender for Office 365", () => {
    expect(DEFENDER_RECORD_TYPES.map(recordTypeName)).toEqual([
      "ThreatIntelligence",
      "ThreatIntelligenceUrl",
      "ThreatIntelligenceAtpContent",
      "AirInvestigation",
    ]);
  });

  it("calls a record type without a name by its number", () => {
    expect(recordTypeName(9999)).toBe("9999");
  });

  it("finds every type by its name in any letter case, and by its number", () => {
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.infiniteStream(fc.boolean()), (number, upper) => {
        const name = [...recordTypeName(number)].map(letter =>
          upper.next().value ? letter.toUpperCase() : letter.toLowerCase(),
        );
        expect(parseRecordType(name.join(""))).toBe(number);
        expect(parseRecordType(String(number))).toBe(number);
      }),
    );
  });

  it("takes the names that the service still writes, and display names without their blank", () => {
    expect(["Yammer", "WorkplaceAnalytics", "VivaEngage", "Viva Goals"].map(parseRecordType)).toEqual([
      22, 44, 22, 216,
    ]);
  });

  it("takes a number that is newer than the table", () => {
    expect(parseRecordType(" 9999 ")).toBe(9999);
  });

  it.each([
    ["ThreatInteligence", "ThreatIntelligence (28)"],
    ["AirInvestigations", "AirInvestigation (64)"],
    ["AttackSimulation", "AttackSim (85)"],
    ["threat-intelligence-url", "ThreatIntelligenceUrl (41)"],
  ])("suggests for %s the name %s", (value, suggestion) => {
    expect(() => parseRecordType(value)).toThrow(
      `"${value}" is not an audit record type. Did you mean ${suggestion}`,
    );
  });

  it.each(["Phishing", "0", "-28", "28.5", ""])('refuses "%s" and says where the list is', value => {
    expect(() => parseRecordType(value)).toThrow(
      `"${value}" is not an audit record type. Use a name such as ThreatIntelligence, or its number, 28. All are listed at ` +
        "https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema",
    );
  });
});
