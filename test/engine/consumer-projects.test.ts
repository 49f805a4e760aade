/**
 * The package as a user gets it: packed from a copy of this project, installed into projects from scratch, type-checked by
 * their own compiler, and deployed on the local tenant by the real engine.
 */
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stringify } from "yaml";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { PulumiStack } from "../../local/engine/stack.ts";
import { ensureYamlHost } from "../../local/engine/yamlHost.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import { functionPackage } from "../../poller/functionPackage.ts";
import {
  type ConsumerProject,
  installConsumers,
  type PackedPackage,
  packProject,
  run,
} from "./installedPackage.ts";
import { type ResourceState, written } from "./subscriptionStack.ts";
import { exampleInYaml } from "./yamlProgram.ts";

const REPOSITORY = path.join(import.meta.dirname, "../..");
const MEGABYTE = 1_000_000;

/** Types are used too, and one of them wrongly: a compiler that finds none would not mind. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { OnDestroy, SiemIntegration, type SiemIntegrationArgs, type TrustedPipeline } from "defender-siem";

const config = new pulumi.Config();
const args: SiemIntegrationArgs = {
  tenantId: config.require("tenantId"),
  location: "westeurope",
  onDestroy: OnDestroy.keep,
  monitoring: { enabled: false },
  trustedPipelines: config.requireObject<Record<string, TrustedPipeline>>("trustedPipelines"),
  activityApiUrl: config.require("activityApiUrl"),
  authorityUrl: config.require("authorityUrl"),
  resourceManagerUrl: config.require("resourceManagerUrl"),
};
// @ts-expect-error A number is no tenant id.
const refused: SiemIntegrationArgs = { tenantId: 1, location: "westeurope" };

const integration = new SiemIntegration("defender", args);

export const eventsUrl: pulumi.Output<string> = integration.eventsUrl;
export const subscriptions = integration.subscriptions;
`;

/** What \`pulumi new azure-typescript\` makes. */
const COMMONJS: ConsumerProject = {
  "Pulumi.yaml": { name: "commonjs", runtime: { name: "nodejs", options: { packagemanager: "npm" } } },
  "package.json": {
    name: "commonjs",
    main: "index.ts",
    devDependencies: { "@types/node": "^18", typescript: "^5.0.0" },
    dependencies: { "@pulumi/azure-native": "^3.0.0", "@pulumi/pulumi": "^3.113.0" },
  },
  "tsconfig.json": {
    compilerOptions: {
      strict: true,
      outDir: "bin",
      target: "es2020",
      module: "commonjs",
      moduleResolution: "node",
      sourceMap: true,
      experimentalDecorators: true,
      pretty: true,
      noFallthroughCasesInSwitch: true,
      noImplicitReturns: true,
      forceConsistentCasingInFileNames: true,
    },
    files: ["index.ts"],
  },
  "index.ts": PROGRAM,
};

const ESM: ConsumerProject = {
  "Pulumi.yaml": { name: "esm", runtime: "nodejs" },
  "package.json": {
    name: "esm",
    type: "module",
    main: "index.ts",
    devDependencies: { "@types/node": "^24", typescript: "^5.0.0" },
    dependencies: { "@pulumi/pulumi": "^3.113.0" },
  },
  "tsconfig.json": {
    compilerOptions: { strict: true, noEmit: true, target: "es2022", module: "nodenext", skipLibCheck: true },
    include: ["**/*.ts"],
  },
  "index.ts": PROGRAM,
  // As somebody who copies them out of the clone has them.
  ...Object.fromEntries(
    globSync("examples/**/index.ts", { cwd: REPOSITORY }).map(file => [
      file,
      readFileSync(path.join(REPOSITORY, file), "utf8"),
    ]),
  ),
};

let folder: string;
let packed: PackedPackage;
let tenant: LocalTenant;
const stacks: PulumiStack[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "consumer-projects-"));
  await mkdir(path.join(folder, "packed"));
  const packing = packProject(path.join(folder, "packed"));
  [packed, tenant] = await Promise.all([
    packing,
    startTenant({ knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } }),
    installConsumers(path.join(folder, "consumers"), { commonjs: COMMONJS, esm: ESM }, packing),
  ]);
});

afterAll(async () => {
  await Promise.all(stacks.map(stack => stack.close()));
  await tenant?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The folder of a project, or something in it or in what it shares with the other one. */
function consumer(...parts: string[]): string {
  return path.join(folder, "consumers", ...parts);
}

async function openStack(
  project: string,
  configuration: Record<string, unknown> = tenant.configuration,
  secrets: Record<string, string> = {},
): Promise<PulumiStack> {
  const stack = new PulumiStack({
    engine: inject("engine"),
    programFolder: consumer(project),
    stateFolder: path.join(folder, `state-of-${project}`),
    stackName: "test",
    environment: tenant.environment,
  });
  stacks.push(stack);
  await stack.init(configuration, secrets);
  return stack;
}

async function recorded(stack: PulumiStack, type: string): Promise<ResourceState> {
  const { deployment } = await stack.exportState();
  const resources = deployment.resources as ResourceState[];
  return resources.find(resource => resource.type.endsWith(`:${type}`))!;
}

describe("the package", () => {
  it("is below a megabyte where it is installed", () => {
    expect(packed.unpackedSize).toBeLessThan(MEGABYTE);
  });

  it("holds what is built and what is read, and nothing else", () => {
    const kinds =
      /^(dist\/package\/[\w.-]+\.js|dist\/package\/index\.d\.cts|dist\/poller\.zip|package\.json|[A-Z]+(\.md)?)$/;
    expect(packed.files.filter(file => !kinds.test(file))).toEqual([]);
    expect(packed.files).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "dist/package/index.d.cts", "dist/poller.zip"]),
    );
  });

  it("names no folder of the machine that it was packed on, in what is zipped neither", async () => {
    const installed = (file: string) => readFile(consumer("node_modules/defender-siem", file));
    const files = packed.files.map(async file => [file, await installed(file)] as const);
    const zipped = Object.entries(unzipSync(await installed("dist/poller.zip")));
    for (const [file, content] of [...(await Promise.all(files)), ...zipped])
      for (const place of [REPOSITORY, packed.sourceFolder])
        expect(Buffer.from(content).includes(place), `${place} in ${file}`).toBe(false);
  });

  it("leaves the project that it was packed from as it was", async () => {
    const manifest = await readFile(path.join(packed.sourceFolder, "package.json"), "utf8");
    expect(manifest).toBe(await readFile(path.join(REPOSITORY, "package.json"), "utf8"));
    expect(await readdir(packed.sourceFolder)).not.toContain("package.json.kept");
  });

  it("brings the code of the poller along, byte for byte what this project publishes", async () => {
    const zip = await readFile(consumer("node_modules/defender-siem/dist/poller.zip"));
    expect(createHash("sha256").update(zip).digest("hex")).toBe(functionPackage(REPOSITORY).contentHash);
  });

  it("uses the SDKs of the program, and has npm install those that the program does not name", async () => {
    expect(await readdir(consumer("node_modules/@pulumi"))).toEqual(["azure-native", "azuread", "pulumi"]);
    const own = await readdir(consumer("node_modules/defender-siem/node_modules")).catch(() => []);
    expect(own).not.toContain("@pulumi");
  });
});

describe("the command of the package", () => {
  it("runs from the code of the poller, with nothing else installed", async () => {
    const command = consumer("node_modules/.bin/defender-siem");
    expect(await run(command, ["--help"], consumer("esm"))).toContain("Puts dead content back");
    await expect(run(command, ["status"], consumer("esm"))).rejects.toThrow("SIEM_TENANT_ID is not set.");
  });
});

describe("a consumer's own compiler", () => {
  it.each([
    ["a project of pulumi new azure-typescript", "commonjs", []],
    [
      "a CommonJS project that resolves as Node does",
      "commonjs",
      // The first one has looked at the types themselves.
      ["--module", "node16", "--moduleResolution", "node16", "--skipLibCheck"],
    ],
    ["an ES module project with all examples", "esm", []],
  ])("finds nothing wrong in %s", async (_what, project, options) => {
    const tsc = consumer("node_modules/typescript/bin/tsc");
    const output = await run(process.execPath, [tsc, "--noEmit", "-p", ".", ...options], consumer(project));
    expect(output).toBe("");
  });
});

describe("a project of pulumi new azure-typescript", () => {
  let stack: PulumiStack;

  it("deploys the integration", async () => {
    stack = await openStack("commonjs");
    const up = await stack.up();
    expect(up, written(up)).toMatchObject({ exitCode: 0 });
    expect(await stack.outputs()).toMatchObject({ subscriptions: { "Audit.General": "enabled" } });
  });

  it("publishes the code that came with the package", async () => {
    const { inputs } = await recorded(stack, "FunctionPackage");
    expect(inputs).toMatchObject({
      packagePath: "../node_modules/defender-siem/dist/poller.zip",
      contentHash: functionPackage(REPOSITORY).contentHash,
    });
  });

  it("has nothing to change afterwards, compared with what is really there", async () => {
    const preview = await stack.preview({ refresh: true, expectNoChanges: true });
    expect(preview, written(preview)).toMatchObject({ exitCode: 0 });
  });

  it("replaces a dynamic resource, whose code is found from the program's folder", async () => {
    const { urn } = await recorded(stack, "AuditSubscription");
    const up = await stack.up({ args: ["--target-replace", urn, "--target", urn] });
    expect(up, written(up)).toMatchObject({ exitCode: 0, resourceChanges: { replace: 1 } });
  });

  it("takes everything away again but the subscription", async () => {
    const destroy = await stack.destroy();
    expect(destroy, written(destroy)).toMatchObject({ exitCode: 0 });
    expect(tenant.activity.subscriptions()).toMatchObject([{ status: "enabled" }]);
  });
});

describe("an ES module project", () => {
  it("deploys the integration, and has nothing to change afterwards", async () => {
    const stack = await openStack("esm");
    const up = await stack.up();
    expect(up, written(up)).toMatchObject({ exitCode: 0 });
    const preview = await stack.preview({ expectNoChanges: true });
    expect(preview, written(preview)).toMatchObject({ exitCode: 0 });
  });
});

describe("a project in YAML", () => {
  it("has the plugin of the package declare the integration", async () => {
    await ensureYamlHost(inject("engine"));
    const program = await exampleInYaml(tenant);
    await mkdir(consumer("yaml"));
    // The projects share one installation, which is not in this one's own folder.
    const plugins = { providers: [{ name: "defender-siem", path: "../node_modules/.bin" }] };
    await writeFile(consumer("yaml", "Pulumi.yaml"), stringify({ ...program, plugins }));
    const stack = await openStack("yaml", { tenantId: tenant.tenantId }, { splunkToken: "not used" });
    const preview = await stack.preview();
    expect(preview, written(preview)).toMatchObject({ exitCode: 0 });
    expect(preview.stdout).toContain("defender-siem:index:AuditSubscription defender-Audit.General");
  });
});
