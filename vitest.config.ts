import { tmpdir } from "node:os";
import path from "node:path";
import { defineConfig } from "vitest/config";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Vitest leaves one free unless it is told otherwise: half of the smallest machine. */
const EVERY_CORE = "100%";

// Hundreds of processes load the same modules: where Node keeps them compiled by default, once it is asked to.
process.env.NODE_COMPILE_CACHE ??= path.join(tmpdir(), "node-compile-cache");

export default defineConfig({
  test: {
    // Node itself loads the code, as it does in `pulumi up` and in the function: no bundler in between.
    experimental: { viteModuleRunner: false },
    projects: [
      {
        // Plain functions, and servers on loopback.
        test: {
          name: "pure",
          include: ["test/pure/**/*.test.ts"],
          maxWorkers: EVERY_CORE,
          testTimeout: 30 * SECOND,
        },
      },
      {
        // What the components declare, under Pulumi's mocks.
        test: {
          name: "mocks",
          include: ["test/mocks/**/*.test.ts"],
          maxWorkers: EVERY_CORE,
          testTimeout: 30 * SECOND,
        },
      },
      {
        // The real engine on the local tenant: after the others, because an engine with its language host, providers and
        // program keeps more than one core busy for a moment; three files at a time, because it waits for most of another.
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          globalSetup: "test/engine/globalSetup.ts",
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          testTimeout: 3 * MINUTE,
          hookTimeout: 3 * MINUTE,
        },
      },
    ],
  },
});
