/** docs/architecture.md and its picture, held to the folders and imports as they are. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { architecturePicture } from "../../docs/picture/architecturePicture.ts";
import { FOLDERS } from "../../docs/picture/folders.ts";
import { circles, importGraph, withoutShortcuts } from "../../docs/picture/importGraph.ts";

const root = path.join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

describe("The picture", () => {
  it("is of the imports as they are: run npm run picture and commit what it draws", () => {
    expect(read("docs/images/architecture.svg")).toBe(architecturePicture());
  });

  it("has every folder of components/", () => {
    const folders = readdirSync(path.join(root, "components"), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => `components/${name}`);
    const drawn = Object.keys(FOLDERS).filter(folder => /^components\/\w+$/.test(folder));
    expect(drawn.sort()).toEqual(folders.sort());
  });
});

describe("docs/architecture.md", () => {
  it("has every folder of the repository in its table", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n");
    const folders = tracked.filter(file => file.includes("/")).map(file => `${file.split("/")[0]}/`);
    const section = read("docs/architecture.md").split("\n## Folders\n")[1]!.split("\n## ")[0]!;
    const told = [...section.matchAll(/^\| `([^`]+\/)` \|/gm)].map(([, folder]) => folder!);
    expect(told.sort()).toEqual([...new Set(folders)].filter(folder => !folder.startsWith(".")).sort());
  });
});

describe("docs/architecture.md, inside of poller/,", () => {
  it("has every folder", () => {
    const [, section = ""] = read("docs/architecture.md").split("\nInside of `poller/`");
    const told = [...section.split("\n## ")[0]!.matchAll(/^\| `(\w+)` \|/gm)].map(([, folder]) => folder!);
    const folders = readdirSync(path.join(root, "poller"), { withFileTypes: true });
    expect(told.sort()).toEqual(folders.filter(entry => entry.isDirectory()).map(({ name }) => name));
  });
});

describe("Imports", () => {
  const graph = importGraph(Object.keys(FOLDERS));

  it("go one way: no folder uses itself by way of others", () => {
    expect(circles(graph)).toEqual([]);
  });

  it("leave activity-api/ alone, and poller/ with nothing but that", () => {
    expect([...graph.get("activity-api")!]).toEqual([]);
    expect([...graph.get("poller")!]).toEqual(["activity-api"]);
  });

  it.each(["activity-api", "poller"])("have nothing of Pulumi in %s/", folder => {
    const files = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" });
    const importing = files.filter(
      file =>
        file.endsWith(".ts") && /from "@pulumi\/|import\("@pulumi\//.test(read(path.join(folder, file))),
    );
    expect(importing).toEqual([]);
  });

  it("are read as they run: a shortcut is left out, and a circle is found", () => {
    const to = (...names: string[]) => new Set(names);
    const made = new Map([
      ["top", to("middle", "bottom")],
      ["middle", to("bottom")],
      ["bottom", to()],
    ]);
    expect([...withoutShortcuts(made).get("top")!]).toEqual(["middle"]);
    expect(circles(made)).toEqual([]);
    expect(circles(new Map([...made, ["bottom", to("middle")]])).sort()).toEqual(["bottom", "middle"]);
  });
});
