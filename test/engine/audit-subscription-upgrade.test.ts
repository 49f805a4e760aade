/** The package moves on while its resources stay: what is in state is the way to the code, never the code. */
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SubscriptionStack, written } from "./subscriptionStack.ts";

const REPOSITORY = path.join(import.meta.dirname, "../..");
const PROGRAM = "test/engine/programs/subscriptions";

let packageFolder: string;
let stack: SubscriptionStack;

beforeAll(async () => {
  packageFolder = await copyOfPackage();
  stack = await SubscriptionStack.open({ programFolder: path.join(packageFolder, PROGRAM) });
  stack.declare({
    general: { contentType: "Audit.General" },
    exchange: { contentType: "Audit.Exchange", onDestroy: "stop" },
  });
  const up = await stack.pulumi.up();
  expect(up, written(up)).toMatchObject({ exitCode: 0, resourceChanges: { create: 3 } });
});

afterAll(async () => {
  await stack.close();
  await rm(packageFolder, { recursive: true, force: true });
});

/** A package of the same name that can be edited, inside this repository so that it finds its dependencies. */
async function copyOfPackage(): Promise<string> {
  const parent = path.join(REPOSITORY, ".local");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, "upgrade-"));
  for (const part of [
    "package.json",
    "components",
    "activity-api",
    "poller",
    "test/engine/declaration.ts",
    PROGRAM,
  ])
    await cp(path.join(REPOSITORY, part), path.join(folder, part), { recursive: true });
  return folder;
}

/** What an upgrade may do: other code behind the same name, and another text that leads to it. */
async function upgrade(): Promise<void> {
  const components = path.join(packageFolder, "components");
  const provider = path.join(components, "subscription/auditSubscriptionProvider.ts");
  await rename(provider, path.join(components, "subscription/formerProvider.ts"));
  await writeFile(
    provider,
    `import * as former from "./formerProvider.ts";
     export const { check, diff, create, update } = former;
     export function read(id, props) { console.info("read by the new code"); return former.read(id, props); }
     export function remove(id, props) { console.info("deleted by the new code"); return former.remove(id, props); }
    `,
  );
  const shim = path.join(components, "pulumi/shimmedResource.ts");
  const text = await readFile(shim, "utf8");
  expect(text).toContain("exports.handler =");
  await writeFile(shim, text.replace("exports.handler =", "// Another shim.\\nexports.handler ="));
}

it("keeps nothing in state but the way to the code, and the same for every resource", async () => {
  const { general, exchange } = await stack.recorded();
  const shim = String(general?.inputs.__provider);
  expect(shim).toContain("defender-siem/audit-subscription-provider");
  expect(shim.length).toBeLessThan(1000);
  expect(shim).not.toMatch(/msal|undici|subscriptions\/|AF\d{5}/);
  for (const { inputs, outputs } of [general!, exchange!])
    expect([inputs.__provider, outputs.__provider]).toEqual([shim, shim]);
});

it("has nothing to change after an upgrade", async () => {
  await upgrade();
  const preview = await stack.pulumi.preview({ expectNoChanges: true, args: ["--diff"] });
  expect(preview, written(preview)).toMatchObject({ exitCode: 0, resourceChanges: { same: 3 } });
});

it("reads and deletes with the new code what the old code has created", async () => {
  const refresh = await stack.pulumi.refresh({ expectNoChanges: true });
  expect(refresh, written(refresh)).toMatchObject({ exitCode: 0 });
  expect(written(refresh)).toContain("read by the new code");
  const destroy = await stack.pulumi.destroy();
  expect(destroy, written(destroy)).toMatchObject({ exitCode: 0 });
  expect(written(destroy)).toContain("deleted by the new code");
  expect(stack.statuses()).toEqual({ "Audit.General": "enabled", "Audit.Exchange": "disabled" });
});
