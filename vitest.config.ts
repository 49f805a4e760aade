import { defineConfig } from "vitest/config";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export default defineConfig({
  test: {
    // Node itself loads the code, as it does in `pulumi up` and in the function: no bundler in between.
    experimental: { viteModuleRunner: false },
    projects: [
      {
        // Plain functions, and servers on loopback.
        test: { name: "pure", include: ["test/pure/**/*.test.ts"], testTimeout: 30 * SECOND },
      },
      {
        // What the components declare, under Pulumi's mocks.
        test: { name: "mocks", include: ["test/mocks/**/*.test.ts"], testTimeout: 30 * SECOND },
      },
      {
        // The real engine on the local tenant: after the others and two files at a time, because an engine with its language
        // host, providers and program keeps more than one core busy.
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          globalSetup: "test/engine/globalSetup.ts",
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 3 * MINUTE,
          hookTimeout: 3 * MINUTE,
        },
      },
    ],
  },
});
