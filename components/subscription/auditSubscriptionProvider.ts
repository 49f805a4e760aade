import { withoutStack } from "../pulumi/withoutStack.ts";
import type { AuditSubscriptionInputs } from "./auditSubscriptionInputs.ts";
import { AuditSubscriptionLifecycle } from "./auditSubscriptionLifecycle.ts";
import type { AuditSubscriptionOutputs } from "./auditSubscriptionState.ts";
import { DeclaredInRun } from "./declaredInRun.ts";

// What the shim in shimmedResource.ts imports. Shims in state are of any age, so that names and arguments stay.

const [, , engineAddress = "unknown"] = process.argv;
const declared = new DeclaredInRun(engineAddress);
// The engine ends its providers with this signal.
process.once("SIGINT", () => {
  declared.forget();
  process.kill(process.pid, "SIGINT");
});

/** A process serves one run of the engine, from start to end: what is known of the run may live here. */
const lifecycle = new AuditSubscriptionLifecycle({ declared });

export async function check(olds: Partial<AuditSubscriptionInputs>, news: AuditSubscriptionInputs) {
  return lifecycle.check(olds, news);
}

export async function diff(_id: string, olds: AuditSubscriptionOutputs, news: AuditSubscriptionInputs) {
  return lifecycle.diff(olds, news);
}

export async function create(inputs: AuditSubscriptionInputs) {
  return lifecycle.create(inputs);
}

export async function read(id: string, props: AuditSubscriptionOutputs) {
  return withoutStack(lifecycle.read(id, props));
}

export async function update(_id: string, olds: AuditSubscriptionOutputs, news: AuditSubscriptionInputs) {
  return lifecycle.update(olds, news);
}

export async function remove(id: string, props: AuditSubscriptionOutputs) {
  return withoutStack(lifecycle.delete(id, props));
}
