import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import type { OperationResult, PulumiStack } from "../../local/engine/stack.ts";
import { publishEvents } from "../../local/story/threats.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import { EXAMPLE_RUNS, type Settings } from "./exampleRuns.ts";
import { EXAMPLES, exampleStack } from "./exampleStack.ts";

/**
 * The programs of `examples/` as they are in their folders, with the real engine on the local tenant: deployed, looked at
 * again, destroyed. Those for one cloud share a tenant, two are run at a time, and all meet for the publication of events.
 * It proves nothing about live Azure, Entra or Microsoft 365.
 */
const NAMES = Object.keys(EXAMPLE_RUNS);

let stateFolder: string;
const tenants: Partial<Record<"commercial" | "gccHigh", LocalTenant>> = {};
const threats = new Map<LocalTenant, string[]>();
const before = new Map<LocalTenant, string>();
const stacks = new Map<string, PulumiStack>();
const settings = new Map<string, Settings>();

beforeAll(async () => {
  stateFolder = await mkdtemp(path.join(tmpdir(), "examples-"));
  const knobs = { ...OBSERVED_KNOBS, startThrottleMinutes: 0 };
  [tenants.commercial, tenants.gccHigh] = await Promise.all([
    startTenant({ knobs }),
    startTenant({ knobs, cloud: "gccHigh" }),
  ]);
  for (const name of NAMES) {
    stacks.set(name, exampleStack(name, tenantOf(name), path.join(stateFolder, name)));
    settings.set(name, (await EXAMPLE_RUNS[name]!.settings?.(tenantOf(name))) ?? {});
  }
  for (const tenant of Object.values(tenants)) before.set(tenant, snapshot(tenant));
});

afterAll(async () => {
  await Promise.all([...stacks.values()].map(stack => stack.close()));
  await Promise.all(Object.values(tenants).map(tenant => tenant.close()));
  await rm(stateFolder, { recursive: true, force: true });
});

it("Every example for Node is run here; those in YAML and of many tenants have tests of their own", () => {
  const projects = readdirSync(EXAMPLES)
    .map(name => ({ name, file: path.join(EXAMPLES, name, "Pulumi.yaml") }))
    .filter(({ file }) => existsSync(file));
  const forNode = projects.filter(({ file }) => runtimeOf(file) === "nodejs");
  expect([...NAMES, "multi-tenant"].toSorted()).toEqual(forNode.map(({ name }) => name).toSorted());
});

describe("Each example", () => {
  const updates = twoAtATime(deploy);

  it.each(NAMES)("%s is complete after one pulumi up", async name => {
    expectSuccess(await updates.of(name));
  });
});

describe("Once there are events", () => {
  let errors: Record<string, string>;

  beforeAll(async () => {
    for (const tenant of Object.values(tenants))
      threats.set(tenant, (await publishEvents(tenant, { events: 400, seed: "examples" })).threats);
    errors = Object.assign({}, ...(await Promise.all(Object.values(tenants).map(errorsOfAllPollers))));
  });

  it("no poller fails", () => {
    expect(errors).toEqual({});
  });

  it.each(NAMES.map(name => [name, EXAMPLE_RUNS[name]!.promise]))("the example %s %s", async name => {
    const [tenant, stack] = [tenantOf(name), stacks.get(name)!];
    const outputs = await stack.outputs();
    await EXAMPLE_RUNS[name]!.keepsPromise({ tenant, stack, outputs, threats: threats.get(tenant)! });
  });
});

describe("Looked at again, the example", () => {
  const previews = twoAtATime((_, stack) => stack.preview({ expectNoChanges: true }));

  it.each(NAMES)("%s has nothing to change", async name => {
    expectSuccess(await previews.of(name));
  });
});

describe("At its end, the example", () => {
  const destructions = twoAtATime((_, stack) => stack.destroy());

  it.each(NAMES)("%s is destroyed", async name => {
    expectSuccess(await destructions.of(name));
  });

  it.each(["commercial", "gccHigh"] as const)(
    "leaves nothing in the %s tenant but what was there before",
    cloud => {
      expect(snapshot(tenants[cloud]!)).toEqual(before.get(tenants[cloud]!));
    },
  );
});

function runtimeOf(projectFile: string): string {
  const { runtime } = parse(readFileSync(projectFile, "utf8"));
  return runtime.name ?? runtime;
}

function tenantOf(name: string): LocalTenant {
  return tenants[EXAMPLE_RUNS[name]!.cloud ?? "commercial"]!;
}

async function deploy(name: string, stack: PulumiStack): Promise<OperationResult> {
  const { tenantId, trustedPipelines } = tenantOf(name).configuration;
  const { config, secrets } = settings.get(name)!;
  await stack.init({ tenantId, trustedPipelines, ...config }, secrets);
  return await stack.up();
}

/** Runs an operation on all stacks, two at a time, so that neither core waits; each has a result of its own. */
function twoAtATime(operate: (name: string, stack: PulumiStack) => Promise<OperationResult>) {
  const results = new Map<string, Promise<OperationResult>>();
  beforeAll(() => {
    const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
    for (const [index, name] of NAMES.entries()) {
      const lane = index % lanes.length;
      const result = lanes[lane]!.then(() => operate(name, stacks.get(name)!));
      results.set(name, result);
      lanes[lane] = result.catch(() => {});
    }
  });
  return { of: (name: string) => results.get(name)! };
}

function expectSuccess({ exitCode, stdout, stderr }: OperationResult): void {
  expect(exitCode, stdout + stderr).toBe(0);
}

/** What went wrong in a run of each function, by the name of its app. */
async function errorsOfAllPollers({
  resourceManager,
  functionApps,
}: LocalTenant): Promise<Record<string, string>> {
  const errors: Record<string, string> = {};
  const runs = resourceManager.list("azure-native:web:WebApp").flatMap(({ id, name }) =>
    (functionApps.functionNames(id) ?? []).map(async functionName => {
      const { error } = await functionApps.run(name, functionName);
      if (error !== undefined) errors[name] = error;
    }),
  );
  await Promise.all(runs);
  return errors;
}

/** Everything that Azure and Entra have, property by property. */
function snapshot({ resourceManager, directory }: LocalTenant): string {
  const azure = resourceManager.list().map(({ id, properties, outputs }) => ({ id, properties, outputs }));
  const { applications, servicePrincipals, appRoleAssignments } = directory;
  const entra = [applications, servicePrincipals, appRoleAssignments].map(objects => [...objects.values()]);
  return JSON.stringify({ azure, entra });
}
