import type { TestProject } from "vitest/node";
import type { Engine } from "../../local/engine/engine.ts";
import { ensureEngine } from "../../local/engine/ensureEngine.ts";
import { ensureYamlHost } from "../../local/engine/yamlHost.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The engine, found or installed once before the tests that need it: `inject("engine")`. */
    engine: Engine;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const engine = await ensureEngine();
  // Built before all tests rather than by the two that need it at once. Where it cannot be had they say why.
  await ensureYamlHost(engine).catch(() => undefined);
  project.provide("engine", engine);
}
