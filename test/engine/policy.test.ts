import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type OperationResult, PulumiStack } from "../../local/engine/stack.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import { type RunnablePolicyPack, runnablePolicyPack } from "./policyPack.ts";

/** The policy pack, run by the real engine. That this repository's own program passes is shown with the integration. */
let tenant: LocalTenant;
let folder: string;
let pack: RunnablePolicyPack;
let stack: PulumiStack;

beforeAll(async () => {
  tenant = await startTenant({});
  folder = await mkdtemp(path.join(tmpdir(), "policy-"));
  pack = await runnablePolicyPack(folder);
});

afterAll(async () => {
  await tenant.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(stackName: string, pollerOnly: boolean): Promise<void> {
  stack = new PulumiStack({
    engine: inject("engine"),
    programFolder: path.join(import.meta.dirname, "programs/policy-violations"),
    stateFolder: path.join(folder, stackName),
    stackName,
    environment: { ...tenant.environment, ...pack.environment },
  });
  const { tenantId, authorityUrl, resourceManagerUrl } = tenant.configuration;
  await stack.init({ tenantId, authorityUrl, resourceManagerUrl, pollerOnly });
}

/** Each as the policy, the resource and how its message begins, in the order of their texts. */
function violations({ stdout }: OperationResult): string[] {
  const found = stdout.matchAll(/\[mandatory\] {2}(\S+) {2}\(\S+ (\S+)\)\n.*\n\s+(.{30})/g);
  return [...found].map(([, policy, resource, message]) => `${policy} ${resource} ${message}`).sort();
}

describe("a stack that violates the policies", () => {
  it("with keys and secrets fails in preview already, for each of them and nothing else", async () => {
    await open("keys", false);
    const preview = await stack.preview({ args: pack.args });
    await stack.close();
    expect(violations(preview)).toEqual([
      "no-client-secrets reader-secret It is a client secret of an ap",
      "no-shared-keys instrumented It takes shared keys or access",
      "no-shared-keys keyed It takes shared keys or access",
      "no-shared-keys signed It takes shared keys or access",
      "only-activity-feed-roles reader It asks for another API, 00000",
      "only-activity-feed-roles reader It asks for the Role e2cea78f-",
    ]);
    expect(preview.exitCode).not.toBe(0);
  });

  it("with a poller that nobody watches and no subscription fails at the end of pulumi up", async () => {
    await open("lonely", true);
    const up = await stack.up({ args: pack.args });
    await stack.close();
    expect(violations(up)).toEqual([
      "pollers-have-dead-man-alert lonely No enabled alert of the stack ",
      "pollers-have-subscriptions lonely It collects Audit.General, for",
    ]);
    expect(up.exitCode).not.toBe(0);
  });
});
