/**
 * Random histories of one subscription that is declared and meddled with. The engine is played by `Stack`, in the
 * order of calls that the real one was seen to make; that it does so is for the engine's tests.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { AuditSubscriptionInputs } from "../../components/auditSubscriptionInputs.ts";
import type { AuditSubscriptionLifecycle } from "../../components/auditSubscriptionLifecycle.ts";
import type { AuditSubscriptionOutputs } from "../../components/auditSubscriptionState.ts";
import { minutes } from "./activityApiFixture.ts";
import {
  type AuditSubscriptionFixture,
  clientId,
  startAuditSubscriptionFixture,
} from "./auditSubscriptionFixture.ts";

type Step =
  | {
      do: "up --refresh" | "up --replace" | "up after a rename";
      onDestroy: "keep" | "stop";
      deletesFirst: boolean;
    }
  | { do: "destroy" | "disable" | "remove" | "start by hand" }
  | { do: "wait"; minutes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom("up --refresh", "up --replace", "up after a rename"),
    onDestroy: fc.constantFrom("keep", "stop"),
    deletesFirst: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom("destroy", "disable", "remove", "start by hand") }),
  fc.record({ do: fc.constant("wait"), minutes: fc.integer({ min: 1, max: 20 }) }),
) as fc.Arbitrary<Step>;

/** What the engine keeps of the resource between two runs. */
class Stack {
  #state: { id: string; inputs: AuditSubscriptionInputs; outs: AuditSubscriptionOutputs } | undefined;

  get onDestroy(): string | undefined {
    return this.#state?.outs.onDestroy;
  }

  async refresh(run: AuditSubscriptionLifecycle): Promise<void> {
    if (this.#state === undefined) return;
    const { id, props, inputs } = await run.read(this.#state.id, this.#state.outs);
    this.#state = id === undefined ? undefined : { id, outs: props!, inputs: inputs! };
  }

  async up(run: AuditSubscriptionLifecycle, program: AuditSubscriptionInputs): Promise<void> {
    const { inputs } = run.check(this.#state?.inputs ?? {}, program);
    if (this.#state === undefined) return this.#create(run, inputs);
    if (!run.diff(this.#state.outs, inputs).changes) return;
    const { outs } = await run.update(this.#state.outs, inputs);
    this.#state = { ...this.#state, inputs, outs };
  }

  async replace(run: AuditSubscriptionLifecycle, program: AuditSubscriptionInputs, deletesFirst: boolean) {
    const old = this.#state;
    const { inputs } = run.check(old?.inputs ?? {}, program);
    if (old && deletesFirst) await run.delete(old.id, old.outs);
    await this.#create(run, inputs);
    if (old && !deletesFirst) await run.delete(old.id, old.outs);
  }

  async destroy(run: AuditSubscriptionLifecycle): Promise<void> {
    if (this.#state !== undefined) await run.delete(this.#state.id, this.#state.outs);
    this.#state = undefined;
  }

  async #create(run: AuditSubscriptionLifecycle, inputs: AuditSubscriptionInputs): Promise<void> {
    this.#state = { ...(await run.create(inputs)), inputs };
  }
}

async function take(step: Step, stack: Stack, tenant: AuditSubscriptionFixture): Promise<void> {
  const { service } = tenant.api;
  const key = { tenantId: tenant.directory.tenantId, clientId, contentType: "Audit.General" } as const;
  switch (step.do) {
    case "up --refresh":
    case "up --replace":
    case "up after a rename": {
      const run = tenant.newRun();
      const program = { ...tenant.inputs, onDestroy: step.onDestroy };
      if (step.do === "up --refresh") await stack.refresh(run).then(() => stack.up(run, program));
      // Aliased by nothing, the renamed resource is created anew and the old one deleted: the calls of a replacement.
      else await stack.replace(run, program, step.deletesFirst && step.do === "up --replace");
      expect(tenant.status()).toBe("enabled");
      expect(tenant.operations()).not.toContain("stop");
      break;
    }
    case "destroy": {
      const { onDestroy } = stack;
      const before = tenant.status();
      await stack.destroy(tenant.newRun());
      expect(tenant.status()).toBe(onDestroy === "stop" && before !== undefined ? "disabled" : before);
      expect(tenant.operations()).not.toContain("start");
      break;
    }
    case "disable":
      service.disable("Audit.General");
      break;
    case "remove":
      service.remove("Audit.General");
      break;
    case "start by hand": {
      const times = { now: tenant.clock.now(), backfillHours: 0, firstContentDelaySeconds: 0 };
      service.state.subscriptions.enable(key, "audit.general", null, times);
      break;
    }
    case "wait":
      tenant.clock.advance(step.minutes * minutes);
  }
}

it("is enabled after every up, and no run both stops and starts it, whatever happened before", async () => {
  const histories = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 12 }),
    fc.constantFrom("show", "hide"),
    async (steps, listDisabled) => {
      const tenant = await startAuditSubscriptionFixture();
      tenant.api.service.turnKnobs({ listDisabled: listDisabled as "show" | "hide" });
      const stack = new Stack();
      for (const step of steps) {
        tenant.api.service.clearRequests();
        await take(step, stack, tenant);
      }
      await tenant.close();
    },
  );
  await fc.assert(histories, { numRuns: 40 });
}, 60_000);
