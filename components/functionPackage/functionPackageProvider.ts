import { withoutStack } from "../pulumi/withoutStack.ts";
import type { FunctionPackageInputs } from "./functionPackageInputs.ts";
import { FunctionPackageLifecycle, type FunctionPackageOutputs } from "./functionPackageLifecycle.ts";

// What the shim in shimmedResource.ts imports. Shims in state are of any age, so that names and arguments stay.

const lifecycle = new FunctionPackageLifecycle();

export async function check(_olds: Partial<FunctionPackageInputs>, news: FunctionPackageInputs) {
  return lifecycle.check(news);
}

export async function diff(_id: string, olds: FunctionPackageOutputs, news: FunctionPackageInputs) {
  return lifecycle.diff(olds, news);
}

export async function create(inputs: FunctionPackageInputs) {
  return lifecycle.create(inputs);
}

export async function read(id: string, props: FunctionPackageOutputs) {
  return withoutStack(lifecycle.read(id, props));
}

export async function update(_id: string, _olds: FunctionPackageOutputs, news: FunctionPackageInputs) {
  return lifecycle.update(news);
}

/** Nothing to do: the code goes with its app, and an app without code would be a dead one. */
export async function remove(): Promise<void> {}
