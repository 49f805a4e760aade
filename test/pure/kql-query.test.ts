/** The local workspace's queries, on which the tests of alerts and of the workbook rely: results as Azure documents them. */
import { describe, expect, it } from "vitest";
import { runKql } from "../../local/logAnalytics/kqlQuery.ts";
import type { Row } from "../../local/logAnalytics/kqlValues.ts";

const now = new Date("2026-11-21T08:00:00Z");
const schemas = { T: "(Time: datetime, Name: string, Number: long, Share: real, Flag: bool, Json: dynamic)" };

function row(minutesAgo: number, changes: Row = {}): Row {
  const Time = new Date(now.getTime() - minutesAgo * 60_000);
  return { Time, Name: "a", Number: 1, Share: 0.5, Flag: true, Json: null, ...changes };
}

function query(text: string, rows: Row[]): Row[] {
  return runKql(text, { schemas, rows: { T: rows } }, now);
}

describe("A query", () => {
  it("filters, computes and projects", () => {
    const rows = [row(1, { Number: 7 }), row(2, { Number: 3 })];
    expect(
      query(
        "T | where Number > 5 and Flag == true | extend twice = Number * 2 | project Name, more = twice + 1",
        rows,
      ),
    ).toEqual([{ Name: "a", more: 15 }]);
  });

  it("divides whole numbers to whole numbers, and by nothing to nothing", () => {
    const [first] = query("T | project a = Number / 2, b = Number / 2.0, c = Number / 0, d = Share * 3", [
      row(0, { Number: 7 }),
    ]);
    expect(first).toEqual({ a: 3, b: 3.5, c: null, d: 1.5 });
  });

  it("looks back from now, and puts times into bins", () => {
    expect(
      query("T | where Time > ago(1h) | summarize n = count() by bin(Time, 30m) | order by Time asc", [
        row(1),
        row(20),
        row(59),
        row(61),
      ]),
    ).toEqual([
      { Time: new Date("2026-11-21T07:00:00Z"), n: 1 },
      { Time: new Date("2026-11-21T07:30:00Z"), n: 2 },
    ]);
  });

  it("gives one row for a summary of nothing, and none when it is by something", () => {
    expect(query("T | summarize n = count(), most = max(Number)", [])).toEqual([{ n: 0, most: null }]);
    expect(query("T | summarize n = count() by Name", [])).toEqual([]);
  });

  it("computes with aggregates, and leaves nulls out of them", () => {
    const rows = [row(1, { Number: 4 }), row(2, { Number: null }), row(3, { Number: 10, Flag: false })];
    expect(
      query(
        "T | summarize n = count(), yes = countif(Flag == true), all = sum(Number), mean = avg(Number), share = 100.0 * countif(Flag == true) / count(), least = min(Number), names = dcount(Name)",
        rows,
      ),
    ).toEqual([{ n: 3, yes: 2, all: 14, mean: 7, share: 200 / 3, least: 4, names: 1 }]);
  });

  it("finds what belongs to the latest", () => {
    const rows = [row(5, { Name: "old" }), row(1, { Name: "new", Number: 9 }), row(3, { Name: "middle" })];
    expect(query("T | summarize (at, name, number) = arg_max(Time, Name, Number)", rows)).toEqual([
      { at: new Date("2026-11-21T07:59:00Z"), name: "new", number: 9 },
    ]);
    expect(query("T | summarize (at, name) = arg_max(Time, Name)", [])).toEqual([{ at: null, name: null }]);
  });

  it("reads JSON, and takes text that is none for text", () => {
    const rows = [row(1, { Name: '{"msg":"x","list":[{"a":1},{"a":2}]}' }), row(2, { Name: "{ no JSON" })];
    expect(
      query(
        'T | extend j = parse_json(Name) | where j.msg == "x" | project m = tostring(j.msg), none = j.other, two = toint(j.list[1].a)',
        rows,
      ),
    ).toEqual([{ m: "x", none: null, two: 2 }]);
  });

  it("makes a row of each element of a list, and of each member of an object", () => {
    const rows = [row(1, { Json: { list: [1, 2], counts: { mail: 3, click: 4 } } })];
    expect(query("T | mv-expand item = Json.list | project item", rows)).toEqual([{ item: 1 }, { item: 2 }]);
    expect(
      query(
        "T | mv-expand kind=array pair = Json.counts | project name = tostring(pair[0]), n = tolong(pair[1])",
        rows,
      ),
    ).toEqual([
      { name: "mail", n: 3 },
      { name: "click", n: 4 },
    ]);
  });

  it("drops a row whose list is empty, and keeps one that has none, as null", () => {
    expect(query("T | mv-expand item = Json.list | project item", [row(1, { Json: { list: [] } })])).toEqual(
      [],
    );
    expect(query("T | mv-expand item = Json.list | project item", [row(1, { Json: {} })])).toEqual([
      { item: null },
    ]);
  });

  it("orders descending unless told otherwise, with nulls last", () => {
    const rows = [row(1, { Number: 1 }), row(2, { Number: null }), row(3, { Number: 2 })];
    expect(query("T | order by Number | project Number", rows).map(row => row.Number)).toEqual([2, 1, null]);
    expect(query("T | sort by Number asc | project Number", rows).map(row => row.Number)).toEqual([
      null,
      1,
      2,
    ]);
    expect(query("T | top 1 by Number | project Number", rows)).toEqual([{ Number: 2 }]);
    expect(query("T | take 2 | count", rows)).toEqual([{ Count: 2 }]);
  });

  it("compares null with nothing, and text without its case where asked to", () => {
    const rows = [row(1, { Number: null, Name: "ABC" })];
    expect(query("T | where Number > 0 or Number < 0 or Number == 0", rows)).toEqual([]);
    expect(query('T | where Name == "abc"', rows)).toEqual([]);
    expect(query('T | where Name =~ "abc" and Name startswith "a" and Name contains "B"', rows)).toHaveLength(
      1,
    );
    expect(query('T | where Name in ("x", "ABC") and Name !in ("y")', rows)).toHaveLength(1);
  });

  it("chooses by conditions", () => {
    const rows = [row(1, { Number: 2 })];
    expect(
      query(
        'T | project a = case(Number == 1, "one", Number == 2, "two", "many"), b = iff(isnull(Json), "none", "some"), c = coalesce(tostring(Json.x), "else")',
        rows,
      ),
    ).toEqual([{ a: "two", b: "none", c: "else" }]);
  });

  it("takes values that let names", () => {
    expect(query("let since = ago(2m); T | where Time > since | count", [row(1), row(3)])).toEqual([
      { Count: 1 },
    ]);
  });
});

describe("A query that the service would refuse", () => {
  it.each([
    [
      "a column that is not there",
      "T | where Nam == 'a'",
      "The name 'Nam' does not refer to any known column",
    ],
    ["an operator that is not there", "T | sumarize count()", "Query operator expected"],
    ["JSON as a group", "T | summarize n = count() by Json.a", "The value of type 'dynamic' is not allowed"],
    ["a time beside text", "T | where Time > 'x'", "The operator '>' is not defined for the operand types"],
  ])("for %s is refused here with the words of Microsoft's library", (_what, text, message) => {
    expect(() => query(text, [])).toThrow(message);
  });
});

describe("A query beyond what is known here", () => {
  it.each([
    ["T | join kind=inner (T) on Name", "is not known to the local workspace"],
    ["T | extend a = toupper(Name)", "The function toupper is not known to the local workspace."],
    ["T | summarize n = stdev(Number)", "The function stdev is not known to the local workspace."],
    ["T | summarize count()", "The aggregate count() has no name. Write name = count()."],
  ])("is an error and never a wrong result: %s", (text, message) => {
    expect(() => query(text, [row(1)])).toThrow(message);
  });
});
