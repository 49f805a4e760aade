import type { AuditSubscriptionInputs } from "../../components/subscription/auditSubscriptionInputs.ts";
import type { AuditSubscriptionLifecycle } from "../../components/subscription/auditSubscriptionLifecycle.ts";
import type { AuditSubscriptionOutputs } from "../../components/subscription/auditSubscriptionState.ts";

/** What the engine keeps of a resource between two runs. */
interface Recorded {
  id: string;
  inputs: AuditSubscriptionInputs;
  outs: AuditSubscriptionOutputs;
  /** Whether it exists without being as it should, so that the next run calls `update` in any case. */
  partial: boolean;
}

export interface Replacement {
  /** Whether the engine deletes the old resource before it creates the new one. */
  deletesFirst: boolean;
  /** The provider process that deletes: another one when Pulumi's own provider is replaced as well. */
  deletedBy: AuditSubscriptionLifecycle;
}

/**
 * A stack of one subscription, driven by the calls that the engine was seen to make, in their order. That the engine does
 * make them is for its own tests.
 */
export class PlayedStack {
  #current: Recorded | undefined;
  /** Old resources that a run which failed has not come to delete. */
  #leftToDelete: Recorded[] = [];

  /** Whether a destroy is to stop the subscription. */
  get isToBeStopped(): boolean {
    return [this.#current, ...this.#leftToDelete].some(recorded => recorded?.outs.onDestroy === "stop");
  }

  async refresh(run: AuditSubscriptionLifecycle): Promise<void> {
    if (this.#current === undefined) return;
    const { id, props, inputs } = await run.read(this.#current.id, this.#current.outs);
    this.#current = id === undefined ? undefined : { ...this.#current, outs: props!, inputs: inputs! };
  }

  async up(run: AuditSubscriptionLifecycle, program: AuditSubscriptionInputs): Promise<void> {
    const inputs = this.#check(run, program);
    await this.#createOrUpdate(run, inputs);
    await this.#deleteLeft(run);
  }

  /** A forced replacement, or a rename without alias. */
  async replace(
    run: AuditSubscriptionLifecycle,
    program: AuditSubscriptionInputs,
    { deletesFirst, deletedBy }: Replacement,
  ): Promise<void> {
    const inputs = this.#check(run, program);
    if (this.#current !== undefined) this.#leftToDelete.push(this.#current);
    this.#current = undefined;
    if (deletesFirst) await this.#deleteLeft(deletedBy);
    await this.#record(inputs, () => run.create(inputs));
    await this.#deleteLeft(deletedBy);
  }

  async destroy(run: AuditSubscriptionLifecycle): Promise<void> {
    await this.#deleteLeft(run);
    if (this.#current !== undefined) await run.delete(this.#current.id, this.#current.outs);
    this.#current = undefined;
  }

  #check(run: AuditSubscriptionLifecycle, program: AuditSubscriptionInputs): AuditSubscriptionInputs {
    const { inputs, failures } = run.check(this.#current?.inputs ?? {}, program);
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    return inputs;
  }

  async #createOrUpdate(run: AuditSubscriptionLifecycle, inputs: AuditSubscriptionInputs): Promise<void> {
    const current = this.#current;
    if (current === undefined) return this.#record(inputs, () => run.create(inputs));
    if (!current.partial && !run.diff(current.outs, inputs).changes) return;
    await this.#record(inputs, async () => ({
      id: current.id,
      ...(await run.update(current.outs, inputs)),
    }));
  }

  async #record(
    inputs: AuditSubscriptionInputs,
    change: () => Promise<{ id: string; outs: AuditSubscriptionOutputs }>,
  ): Promise<void> {
    try {
      this.#current = { ...(await change()), inputs, partial: false };
    } catch (error) {
      const { id, properties } = error as { id?: string; properties?: AuditSubscriptionOutputs };
      if (id !== undefined) this.#current = { id, outs: properties!, inputs, partial: true };
      throw error;
    }
  }

  async #deleteLeft(run: AuditSubscriptionLifecycle): Promise<void> {
    for (const { id, outs } of this.#leftToDelete) await run.delete(id, outs);
    this.#leftToDelete = [];
  }
}
