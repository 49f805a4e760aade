import { withoutStack } from "../pulumi/withoutStack.ts";
import type { VaultCertificateInputs } from "./vaultCertificateInputs.ts";
import { VaultCertificateLifecycle, type VaultCertificateOutputs } from "./vaultCertificateLifecycle.ts";

// What the shim in shimmedResource.ts imports. Shims in state are of any age, so that names and arguments stay.

const lifecycle = new VaultCertificateLifecycle();

export async function check(_olds: Partial<VaultCertificateInputs>, news: VaultCertificateInputs) {
  return lifecycle.check(news);
}

export async function diff(_id: string, olds: VaultCertificateOutputs, news: VaultCertificateInputs) {
  return lifecycle.diff(olds, news);
}

export async function create(inputs: VaultCertificateInputs) {
  return lifecycle.create(inputs);
}

export async function read(id: string, props: VaultCertificateOutputs) {
  return withoutStack(lifecycle.read(id, props));
}

export async function update(_id: string, _olds: VaultCertificateOutputs, news: VaultCertificateInputs) {
  return lifecycle.update(news);
}

/** Nothing to do: the key goes with its vault, and a certificate that is on no application proves nothing. */
export async function remove(): Promise<void> {}
