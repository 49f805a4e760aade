import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EventScanner,
  type EventScannerOptions,
  type RecordTypeValue,
} from "../../poller/content/eventScanner.ts";
import { MalformedContentError } from "../../poller/content/malformedContentError.ts";

interface Scanned {
  text: string;
  recordType: RecordTypeValue;
}

function scan(pieces: Uint8Array[], options?: EventScannerOptions): Scanned[] {
  const found: Scanned[] = [];
  const scanner = new EventScanner((recordType, bytes, start, end) => {
    found.push({ text: bytes.toString("utf8", start, end), recordType });
  }, options);
  for (const piece of pieces) scanner.push(piece);
  scanner.end();
  return found;
}

function scanText(text: string, options?: EventScannerOptions): Scanned[] {
  return scan([Buffer.from(text)], options);
}

/** Cuts the bytes at the given places, which may coincide and may lie inside a UTF-8 character. */
function cut(bytes: Buffer, places: number[]): Uint8Array[] {
  const ends = [...places.map(place => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => Uint8Array.from(bytes.subarray(ends[index - 1] ?? 0, end)));
}

const trickyStrings = fc.oneof(
  fc.constantFrom(
    "RecordType",
    '"RecordType":28',
    '\\"RecordType\\":28,',
    "]}],[{",
    "\\",
    '"',
    "\\\\",
    "\u2028é漢😀",
    "\u0000",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const keys = fc.oneof(fc.constantFrom("RecordType", "recordtype", "RecordTypes", "Id", ""), trickyStrings);
const recordTypes = fc.oneof(
  fc.nat(400),
  fc.constantFrom(28, 64, -28, 28.5, 1e21, "28", "ThreatIntelligence", "", null, true, [28], {
    RecordType: 28,
  }),
);

/** JSON text with what `JSON.stringify` never writes: repeated keys, escaped keys, blanks in all places. */
const { value: jsonText } = fc.letrec<{ value: string; object: string; array: string }>(tie => {
  const blank = fc.constantFrom("", "", " ", "\n", "\t\r\n ");
  const spelled = (text: string) =>
    fc.boolean().map(isEscaped => (isEscaped ? escapedFully(text) : JSON.stringify(text)));
  const member = fc.oneof(
    fc
      .tuple(keys.chain(spelled), blank, blank, tie("value"))
      .map(([k, a, b, v]) => `${a}${k}${b}:${a}${v}${b}`),
    fc
      .tuple(
        spelled("RecordType"),
        blank,
        recordTypes.map(v => JSON.stringify(v)),
      )
      .map(([k, a, v]) => `${k}${a}:${a}${v}${a}`),
  );
  const list = (items: fc.Arbitrary<string>) => fc.array(items, { maxLength: 5 }).map(all => all.join(","));
  return {
    value: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(
        trickyStrings.map(s => JSON.stringify(s)),
        recordTypes.map(v => JSON.stringify(v)),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(n => JSON.stringify(n)),
      ),
      tie("object"),
      tie("array"),
    ),
    object: list(member).map(members => `{${members}}`),
    array: fc.tuple(list(tie("value")), blank).map(([items, a]) => `[${a}${items}${a}]`),
  };
});

function escapedFully(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map(unit => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}

const arrays = fc
  .tuple(fc.array(jsonText, { maxLength: 6 }), fc.constantFrom("", " ", "\r\n"))
  .map(([items, blank]) => ({ items, text: `${blank}[${items.join(`${blank},${blank}`)}${blank}]${blank}` }));

/** What `JSON.parse` says the record type of an element is. */
function parsedRecordType(text: string): RecordTypeValue {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const recordType = Object.getOwnPropertyDescriptor(value, "RecordType")?.value;
  return typeof recordType === "number" || typeof recordType === "string" ? recordType : undefined;
}

describe("EventScanner", () => {
  it("hands out each event exactly as served, with its record type", () => {
    expect(scanText('[{"RecordType":28,"a": 1.50},\n {"RecordType" : 6 }]')).toEqual([
      { text: '{"RecordType":28,"a": 1.50}', recordType: 28 },
      { text: '{"RecordType" : 6 }', recordType: 6 },
    ]);
  });

  it("agrees with JSON.parse on any array, in pieces of any size", () => {
    fc.assert(
      fc.property(arrays, fc.array(fc.nat(), { maxLength: 8 }), ({ items, text }, places) => {
        const scanned = scan(cut(Buffer.from(text), places));
        expect(scanned.map(element => element.text)).toEqual(items.map(item => item.trim()));
        expect(scanned.map(element => element.recordType)).toEqual(items.map(parsedRecordType));
        expect(JSON.parse(text)).toEqual(scanned.map(element => JSON.parse(element.text)));
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with JSON.parse when the bytes come one by one", () => {
    fc.assert(
      fc.property(arrays, ({ items, text }) => {
        const scanned = scan([...Buffer.from(text)].map(byte => Uint8Array.of(byte)));
        expect(scanned.map(element => element.recordType)).toEqual(items.map(parsedRecordType));
      }),
    );
  });

  it("refuses every array that is cut off", () => {
    fc.assert(
      fc.property(arrays, fc.nat(), ({ text }, place) => {
        const bytes = Buffer.from(text.trimEnd());
        const beginning = bytes.subarray(0, place % bytes.length);
        expect(() => scan([beginning])).toThrow(MalformedContentError);
      }),
    );
  });

  it("refuses or splits whatever the bytes are, and fails with nothing but MalformedContentError", () => {
    const mutated = fc
      .tuple(arrays, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([{ text }, place, junk]) => {
        const bytes = Buffer.from(text);
        bytes.set(junk.subarray(0, Math.max(0, bytes.length - (place % bytes.length))), place % bytes.length);
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array()), bytes => {
        try {
          scan([bytes]);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedContentError);
        }
      }),
    );
  });

  it("takes the last of repeated record types, as JSON.parse does", () => {
    expect(scanText('[{"RecordType":6,"RecordType":28}]')[0]?.recordType).toBe(28);
    expect(scanText('[{"RecordType":28,"Record\\u0054ype":"x"}]')[0]?.recordType).toBe("x");
  });

  it("is not taken in by look-alikes in strings, nested objects and arrays", () => {
    const event =
      '{"Data":"{\\"RecordType\\":28}","Item":{"RecordType":41},"List":[{"RecordType":47}],"RecordType":6}';
    expect(scanText(`[${event}]`)).toEqual([{ text: event, recordType: 6 }]);
  });

  it("skips a byte order mark", () => {
    expect(scanText('\ufeff[{"RecordType":28}]').map(element => element.recordType)).toEqual([28]);
  });

  it("follows brackets to any depth", () => {
    const depth = 100_000;
    const event = `{"a":${"[".repeat(depth)}${"]".repeat(depth)},"RecordType":28}`;
    expect(scanText(`[${event}]`).map(element => element.recordType)).toEqual([28]);
  });

  it.each([
    ["nothing", "", "The content blob is empty."],
    ["an HTML page", "<html></html>", 'The content blob has "<" instead of a JSON array.'],
    ["an error in JSON", '{"error":{}}', 'The content blob has "{" instead of a JSON array.'],
    ["a missing comma", "[{}{}]", 'The content blob has "{" after an event.'],
    ["a missing event", "[{},]", 'The content blob has "]" instead of an event.'],
    ["something after the array", "[] x", 'The content blob has "x" after its JSON array.'],
    ["crossed brackets", '[{"a":[}]', 'The content blob has "}" where another bracket is open.'],
    ["half a byte order mark", "\u00ef[]", "The content blob has the byte 0xc3 instead of a JSON array."],
  ])("says what it found when the blob is %s", (_, text, message) => {
    expect(() => scanText(text)).toThrow(new MalformedContentError(message));
  });

  describe("with long events", () => {
    const isUnwanted = (recordType: RecordTypeValue) => recordType !== 28;
    const limits = { isUnwanted, longestUnwantedBytes: 1000, longestElementBytes: 5000 };
    const inPieces = (text: string) =>
      scan(
        cut(
          Buffer.from(text),
          Array.from({ length: 400 }, (_, i) => i * 100),
        ),
        limits,
      );

    it("passes over an unwanted one without holding it", () => {
      const events = inPieces(`[{"RecordType":6,"a":"${"x".repeat(20_000)}"},{"RecordType":28}]`);
      expect(events).toEqual([
        { text: "", recordType: 6 },
        { text: '{"RecordType":28}', recordType: 28 },
      ]);
    });

    it("refuses a wanted one that is longer than may be held", () => {
      const wanted = `[{"RecordType":28,"a":"${"x".repeat(6000)}"}]`;
      expect(() => inPieces(wanted)).toThrow("An event of the content blob has more than 5000 bytes.");
    });

    it("refuses one that turns out as wanted after its beginning was given up", () => {
      const turncoat = `[{"RecordType":6,"a":"${"x".repeat(6000)}","RecordType":28}]`;
      expect(() => inPieces(turncoat)).toThrow(
        "A long event of the content blob changes its RecordType on the way.",
      );
    });
  });
});
