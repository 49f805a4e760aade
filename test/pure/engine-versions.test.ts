import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  ENGINE_VERSION,
  isUsableEngine,
  LANGUAGE_HOST_VERSION,
  MINIMUM_ENGINE_VERSION,
  MINIMUM_GO_VERSION,
} from "../../local/engine/versions.ts";

const ROOT = path.join(import.meta.dirname, "../..");

describe("the versions of the engine", () => {
  it("accept what the program itself requires", async () => {
    const project = parse(await readFile(path.join(ROOT, "Pulumi.yaml"), "utf8"));
    expect(project.requiredPulumiVersion).toBe(`>=${MINIMUM_ENGINE_VERSION}`);
    expect(isUsableEngine(ENGINE_VERSION)).toBe(true);
  });

  it("are those of the Go modules that are built", async () => {
    const cli = await readFile(path.join(ROOT, "local/engine/cli/go.mod"), "utf8");
    expect(cli).toContain(`github.com/pulumi/pulumi/pkg/v3 v${ENGINE_VERSION}\n`);
    const host = await readFile(path.join(ROOT, "local/engine/language-host/go.mod"), "utf8");
    expect(host).toContain(`github.com/pulumi/pulumi/sdk/v3 v${LANGUAGE_HOST_VERSION}\n`);
  });

  it("ask for the Go that the modules of the engine ask for", async () => {
    const cli = await readFile(path.join(ROOT, "local/engine/cli/go.mod"), "utf8");
    expect(/^go (\S+)$/m.exec(cli)?.[1]).toBe(MINIMUM_GO_VERSION);
  });
});
