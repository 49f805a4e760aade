import type { TestProject } from "vitest/node";
import type { Engine } from "../../local/engine/engine.ts";
import { ensureEngine } from "../../local/engine/ensureEngine.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The engine, found or installed once before the tests that need it: `inject("engine")`. */
    engine: Engine;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide("engine", await ensureEngine());
}
