/**
 * When Pulumi replaces a resource it deletes the old one after it has created the new one, and both are the same
 * subscription: a delete that simply stops would leave every feed below dead while `pulumi up` ends with success.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OperationOptions } from "../../local/engine/stack.ts";
import type { Declaration } from "./declaration.ts";
import { SubscriptionStack, written } from "./subscriptionStack.ts";

const ALL_ENABLED = {
  "Audit.General": "enabled",
  "Audit.Exchange": "enabled",
  "Audit.SharePoint": "enabled",
  "Audit.AzureActiveDirectory": "enabled",
};
const PROGRAM = {
  kept: { contentType: "Audit.General", onDestroy: "keep" },
  stopped: { contentType: "Audit.Exchange", onDestroy: "stop" },
  feed: { contentTypes: ["Audit.SharePoint", "Audit.AzureActiveDirectory"], onDestroy: "stop" },
} satisfies Record<string, Partial<Declaration>>;
const RENAMED = { keptNow: PROGRAM.kept, stoppedNow: PROGRAM.stopped, intake: PROGRAM.feed };

let stack: SubscriptionStack;

beforeAll(async () => {
  stack = await SubscriptionStack.open();
  stack.declare(PROGRAM);
  expect(await stack.pulumi.up()).toMatchObject({ exitCode: 0 });
});

afterAll(() => stack.close());

beforeEach(() => {
  stack.takeRequests();
});

async function expectUntouched(options: OperationOptions, changes: object): Promise<void> {
  const up = await stack.pulumi.up(options);
  expect(up, written(up)).toMatchObject({ exitCode: 0, resourceChanges: changes });
  expect(stack.takeChanges()).toEqual([]);
  expect(stack.statuses()).toEqual(ALL_ENABLED);
}

describe("a subscription stays enabled, with neither a stop nor a start, whether onDestroy is keep or stop,", () => {
  it("when its replacement is forced", async () => {
    const args = ["--replace", stack.urn("kept"), "--replace", stack.urn("stopped")];
    await expectUntouched({ args }, { replace: 2 });
  });

  it("when its replacement is forced and the old resource is to be deleted first", async () => {
    const options = { deleteBeforeReplace: true };
    stack.declare({
      ...PROGRAM,
      kept: { ...PROGRAM.kept, options },
      stopped: { ...PROGRAM.stopped, options },
    });
    const args = ["--replace", stack.urn("kept"), "--replace", stack.urn("stopped")];
    await expectUntouched({ args }, { replace: 2 });
  });

  it("when the replacement of the whole stack is forced, Pulumi's own provider included", async () => {
    stack.declare(PROGRAM);
    await expectUntouched({ args: ["--replace", "**"] }, { replace: 6 });
  });

  it("when it is renamed without an alias, or the component around it is", async () => {
    stack.declare(RENAMED);
    await expectUntouched({}, { create: 5, delete: 5 });
  });

  it("when it is renamed while it is refreshed and the stack's configuration changes", async () => {
    stack.declare(PROGRAM);
    await stack.pulumi.init({ something: "else" });
    await expectUntouched({ refresh: true }, { create: 5, delete: 5 });
  });
});

describe("a subscription that is not declared any more", () => {
  it("is stopped when onDestroy is stop, while those that are declared stay enabled", async () => {
    stack.declare({ kept: PROGRAM.kept, feed: PROGRAM.feed });
    expect(await stack.pulumi.up()).toMatchObject({ exitCode: 0, resourceChanges: { delete: 1 } });
    expect(stack.takeChanges()).toEqual(["stop Audit.Exchange"]);
    expect(stack.statuses()).toEqual({ ...ALL_ENABLED, "Audit.Exchange": "disabled" });
  });

  it("is stopped by a destroy as well, unless onDestroy is keep, and to be stopped already is success", async () => {
    stack.tenant.activity.remove("Audit.AzureActiveDirectory");
    const destroy = await stack.pulumi.destroy();
    expect(destroy, written(destroy)).toMatchObject({ exitCode: 0 });
    expect(stack.takeChanges().sort()).toEqual(["stop Audit.AzureActiveDirectory", "stop Audit.SharePoint"]);
    expect(stack.statuses()).toEqual({
      "Audit.General": "enabled",
      "Audit.Exchange": "disabled",
      "Audit.SharePoint": "disabled",
    });
  });

  it("is stopped when it was the last one of its stack", async () => {
    stack.passMinutes(16);
    stack.declare({ last: PROGRAM.stopped });
    expect(await stack.pulumi.up()).toMatchObject({ exitCode: 0 });
    expect(stack.takeChanges()).toEqual(["start Audit.Exchange"]);
    stack.declare({});
    expect(await stack.pulumi.up()).toMatchObject({ exitCode: 0 });
    expect(stack.takeChanges()).toEqual(["stop Audit.Exchange"]);
  });
});
