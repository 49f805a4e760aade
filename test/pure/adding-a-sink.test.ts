/** The contributor's page on sinks, held to the code. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { SINK_KINDS } from "../../poller/sinks/openSink.ts";

const root = path.join(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/adding-a-sink.md"), "utf8");

describe("docs/adding-a-sink.md", () => {
  it("is linked from the README and links to files that are there", () => {
    expect(readFileSync(path.join(root, "README.md"), "utf8")).toContain("(docs/adding-a-sink.md)");
    const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter(link => !existsSync(path.join(root, "docs", link)))).toEqual([]);
  });

  it("names every kind of sink where its own is added, and shows the form of the others", () => {
    const [, kinds] = /SINK_KINDS = \{ (.*) \}/.exec(page)!;
    expect(
      kinds!
        .split(", ")
        .filter(kind => kind !== "lab")
        .sort(),
    ).toEqual(Object.keys(SINK_KINDS).sort());
    const [, entry] = /const lab: SinkKind<LabSettings> = \{\n(.*?)\n\};/s.exec(page)!;
    const shown = [...entry!.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
    for (const kind of Object.values(SINK_KINDS)) expect(Object.keys(kind)).toEqual(shown);
  });

  it.each(Object.keys(SINK_KINDS))("is kept to by %s: one file and one test", kind => {
    expect(existsSync(path.join(root, "poller/sinks", `${kind}.ts`))).toBe(true);
    const dashed = kind.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    expect(existsSync(path.join(root, "test/pure", `sink-${dashed}.test.ts`))).toBe(true);
  });
});
