import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inject } from "vitest";
import { PulumiStack } from "../../local/engine/stack.ts";
import type { ProviderHost } from "../../local/providers/providerHost.ts";

/** A stack of the program `local-providers`, run by the real engine with the stand-in providers attached. */
export async function providerStack(
  hosts: Record<string, ProviderHost>,
  configuration: Record<string, string> = {},
): Promise<{ stack: PulumiStack; close: () => Promise<void> }> {
  const stateFolder = await mkdtemp(path.join(tmpdir(), "provider-stack-"));
  const attached = Object.entries(hosts).map(([name, { port }]) => `${name}:${port}`);
  const stack = new PulumiStack({
    engine: inject("engine"),
    programFolder: path.join(import.meta.dirname, "programs/local-providers"),
    stateFolder,
    stackName: "test",
    environment: { PULUMI_DEBUG_PROVIDERS: attached.join(",") },
  });
  await stack.init(configuration);
  return {
    stack,
    close: async () => {
      await stack.close();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}
