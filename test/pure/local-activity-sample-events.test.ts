import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SampleOptions, sampleEvents } from "../../local/activity/sampleEvents.ts";
import { MORNING, TENANT } from "./localActivityFixture.ts";

const USUAL: SampleOptions = { count: 1000, seed: "a", tenantId: TENANT, at: MORNING };

/** What these tests ask of a record; every record has the first three. */
interface SampleRecord {
  Id: string;
  RecordType: number;
  CreationTime: string;
  Verdict?: string;
  DetectionType?: string;
  Connector?: null;
  Subject?: string;
  AttachmentData?: unknown[];
  UrlClickAction?: number;
  SourceWorkload?: number;
  FileData?: { SHA256: string; FileSize: unknown };
  Data?: string;
  Actions?: unknown[];
}

function records(options: Partial<SampleOptions> = {}): SampleRecord[] {
  return sampleEvents({ ...USUAL, ...options }).lines.map(line => JSON.parse(line));
}

function ofType(recordType: number, options: Partial<SampleOptions> = {}): SampleRecord[] {
  return records(options).filter(record => record.RecordType === recordType);
}

describe("sample events", () => {
  it("are the same for the same seed and share nothing with those of another", () => {
    expect(sampleEvents(USUAL)).toEqual(sampleEvents(USUAL));
    const ids = new Set(records().map(record => record.Id));
    expect(records({ seed: "b" }).some(record => ids.has(record.Id))).toBe(false);
  });

  it("are as many as wanted, with unique ids and true counts, whatever the share", () => {
    const shares = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), shares, fc.integer(), (count, wantedShare, seed) => {
        const { lines, countByRecordType } = sampleEvents({ ...USUAL, count, wantedShare, seed });
        const parsed = lines.map(line => JSON.parse(line) as SampleRecord);
        const counted: Record<number, number> = {};
        for (const { RecordType } of parsed) counted[RecordType] = (counted[RecordType] ?? 0) + 1;
        expect(lines).toHaveLength(count);
        expect(new Set(parsed.map(record => record.Id)).size).toBe(count);
        expect(countByRecordType).toEqual(counted);
      }),
      { numRuns: 50 },
    );
  });

  it("hold one percent of each Defender record type among what a quiet tenant is full of", () => {
    const { countByRecordType: counts } = sampleEvents({ ...USUAL, count: 10_000 });
    expect([28, 41, 47, 64].map(type => counts[type])).toEqual([100, 100, 100, 100]);
    expect(counts[25]).toBeGreaterThan(5000);
    expect(counts[25]).toBeLessThan(6000);
    expect(counts[261]).toBeGreaterThan(800);
    expect(Object.keys(counts).length).toBeGreaterThan(20);
  });

  it("hold at least one of each wanted type and one that nobody knows, however few they are", () => {
    const { countByRecordType } = sampleEvents({ ...USUAL, count: 5 });
    expect(countByRecordType).toEqual({ 28: 1, 41: 1, 47: 1, 64: 1, 9999: 1 });
  });

  it("hold only noise for a share of 0 and none for a share of 1", () => {
    expect(records({ wantedShare: 0 }).filter(r => [28, 41, 47, 64].includes(r.RecordType))).toEqual([]);
    expect(records({ wantedShare: 1 }).every(r => [28, 41, 47, 64].includes(r.RecordType))).toBe(true);
  });

  it("have times without zone in the hour before the newest", () => {
    for (const { CreationTime } of records()) {
      expect(CreationTime).toMatch(/^2026-01-05T0[78]:\d\d:\d\d$/);
    }
  });

  it("fit in one line each and can be padded to a size", () => {
    const { lines } = sampleEvents({ ...USUAL, minimumBytes: 4096 });
    for (const line of lines) {
      expect(line).not.toMatch(/[\r\n]/);
      expect(Buffer.byteLength(line)).toBeGreaterThanOrEqual(4096);
      expect(() => JSON.parse(line)).not.toThrow();
    }
  });
});

describe("the records of Defender for Office 365", () => {
  const many = { wantedShare: 1 };

  it.each([
    [28, "TIMailData", "ThreatIntelligence"],
    [41, "TIUrlClickData", "ThreatIntelligence"],
    [47, "AtpDetection", "ThreatIntelligence"],
    [64, "AirInvestigationData", "AirInvestigation"],
  ])("%i say %s of %s, for the tenant and by the system", (type, Operation, Workload) => {
    for (const record of ofType(type, many)) {
      expect(record).toMatchObject({ Operation, Workload, OrganizationId: TENANT, UserType: 4, Version: 1 });
    }
  });

  it("28 come as phish, malware that was purged, without policy, with nulls and with text beyond ASCII", () => {
    const mails = ofType(28, many);
    expect(new Set(mails.map(mail => mail.Verdict))).toEqual(new Set(["Phish", "Malware", "Spam"]));
    expect(new Set(mails.map(mail => mail.DetectionType))).toEqual(new Set(["Inline", "ZAP", "Delayed"]));
    expect(mails.some(mail => !("Policy" in mail))).toBe(true);
    expect(mails.some(mail => mail.Connector === null)).toBe(true);
    expect(mails.some(mail => /[^\x20-\x7e]/.test(mail.Subject!))).toBe(true);
    const purged = mails.find(mail => mail.DetectionType === "ZAP");
    expect(purged?.AttachmentData?.[0]).toMatchObject({
      FileVerdict: "1",
      SHA256: expect.stringMatching(/^[0-9A-F]{64}$/),
    });
  });

  it("28 come in escapes too, which a reader that writes them anew would lose", () => {
    const { lines } = sampleEvents({ ...USUAL, ...many });
    const escaped = lines.filter(line => line.includes('"RecordType":28') && line.includes("\\/"));
    expect(escaped.length).toBeGreaterThan(0);
    for (const line of escaped) {
      expect(line).toMatch(/\\u[0-9a-f]{4}/);
      expect(JSON.stringify(JSON.parse(line))).not.toBe(line);
    }
  });

  it("41 come with every outcome, and without one", () => {
    const actions = ofType(41, many).map(click => click.UrlClickAction);
    expect(new Set(actions)).toEqual(new Set([2, 3, 4, 5, undefined]));
  });

  it("47 come with a hash in hex or in base64, from three workloads or none", () => {
    const files = ofType(47, many);
    const hashes = files.map(file => file.FileData!.SHA256);
    expect(hashes.some(hash => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
    expect(hashes.some(hash => /^[A-Za-z0-9+/]{43}=$/.test(hash))).toBe(true);
    expect(new Set(files.map(file => file.SourceWorkload))).toEqual(new Set([0, 1, 2, undefined]));
    for (const file of files) expect(file.FileData!.FileSize).toBeTypeOf("string");
  });

  it("64 come with JSON inside strings, one key of it twice, and actions as texts, as objects or not at all", () => {
    const investigations = ofType(64, many);
    for (const { Data } of investigations) {
      expect(Data).toBeTypeOf("string");
      expect(Data!.match(/"QueryTime":/g)).toHaveLength(2);
      expect(JSON.parse(Data!)).toMatchObject({ VendorName: "Microsoft", Investigations: [{}] });
    }
    const forms = investigations.map(({ Actions }) => typeof Actions?.[0]);
    expect(new Set(forms)).toEqual(new Set(["string", "object", "undefined"]));
  });

  it("keep to Microsoft's schema when drift is off", () => {
    const options = { ...many, schemaDrift: false };
    for (const { FileData } of ofType(47, options)) {
      expect(FileData!.SHA256).toMatch(/^[0-9a-f]{64}$/);
    }
    for (const { Data } of ofType(64, options)) {
      expect(Data!.match(/"QueryTime":/g)).toHaveLength(1);
    }
    expect(ofType(9999, { schemaDrift: false })).toEqual([]);
  });
});

describe("the noise", () => {
  it("holds look-alikes of wanted records: in a nested object, in a text, in JSON inside a text", () => {
    const noise = sampleEvents({ ...USUAL, wantedShare: 0 }).lines;
    expect(noise.some(line => line.includes('"RelatedRecord":{"RecordType":28'))).toBe(true);
    expect(noise.some(line => line.includes('{\\"RecordType\\":64}'))).toBe(true);
    expect(noise.some(line => line.includes('\\"RecordType\\":28}'))).toBe(true);
  });

  it("holds a number that no double can hold, nulls, and records without version", () => {
    const noise = sampleEvents({ ...USUAL, wantedShare: 0 }).lines;
    const eventId = noise.map(line => /"EventId":(\d+)/.exec(line)?.[1]).find(Boolean);
    expect(String(Number(eventId))).not.toBe(eventId);
    expect(noise.some(line => line.includes('"ClientIP":null'))).toBe(true);
    expect(ofType(20, { wantedShare: 0 }).every(record => !("Version" in record))).toBe(true);
  });
});
