import { type DeployerPrerequisitesInputs, DeployerPrerequisitesLifecycle } from "./lifecycle.ts";

// What the shim in shimmedResource.ts imports. Shims in state are of any age, so that names and arguments stay.

const lifecycle = new DeployerPrerequisitesLifecycle();

export async function check(olds: Partial<DeployerPrerequisitesInputs>, news: DeployerPrerequisitesInputs) {
  return lifecycle.check(olds, news);
}

export async function diff(
  _id: string,
  olds: DeployerPrerequisitesInputs,
  news: DeployerPrerequisitesInputs,
) {
  return lifecycle.diff(olds, news);
}

/** The look at the rights was the `check`. */
export async function create(inputs: DeployerPrerequisitesInputs) {
  return { id: inputs.subscriptionId, outs: inputs };
}

export async function read(id: string, props: DeployerPrerequisitesInputs) {
  return { id, props };
}

export async function update(
  _id: string,
  _olds: DeployerPrerequisitesInputs,
  news: DeployerPrerequisitesInputs,
) {
  return { outs: news };
}

export async function remove(): Promise<void> {}
