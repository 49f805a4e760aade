import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import { rsort } from "semver";
import { functionPackage } from "../../poller/functionPackage.ts";
import type { ResourceState } from "./subscriptionStack.ts";

/** Recorded states, a folder for each released version; `npm run record-release` writes those of the version in package.json. */
export const RELEASED = path.join(import.meta.dirname, "testdata/released");

/** A stack of this repository's own program as a released version has left it. */
export interface ReleasedStack {
  /** Who deployed it and where: what the providers answered. */
  deployer: { tenantId: string; subscriptionId: string; clientId: string; objectId: string };
  managementApisObjectId: string;
  configuration: Record<string, unknown>;
  secrets: Record<string, string>;
  resources: RecordedResource[];
}

type RecordedResource = Pick<ResourceState, "urn" | "type" | "id" | "inputs" | "outputs"> & {
  custom: boolean;
  parent?: string;
  provider?: string;
};

/** The ports of a local tenant are others in every run; nothing asks there in a preview. */
const LOOPBACK_PORT = /(127\.0\.0\.1|localhost):\d+/g;
/** A certificate that is about to expire is a change of its own. */
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** What is recorded of a stack: nothing of the machine, and no output that says what an input says. */
export function recordedText(stack: Omit<ReleasedStack, "resources">, { deployment }: Deployment): string {
  const resources: RecordedResource[] = deployment.resources.map(slim);
  const { contentHash, codeId } = functionPackage();
  const lines = resources.map(resource => `    ${JSON.stringify(resource)}`).join(",\n");
  const header = JSON.stringify(stack, undefined, 2).replace(/\n\}$/, "");
  return `${header},\n  "resources": [\n${lines}\n  ]\n}\n`
    .replaceAll(LOOPBACK_PORT, "$1:8443")
    .replaceAll(TIME, "2099-01-01T00:00:00Z")
    .replaceAll(contentHash, "<contentHash>")
    .replaceAll(codeId, "<codeId>");
}

function slim({ urn, type, id, custom, parent, provider, inputs = {}, outputs = {} }: RecordedResource) {
  const other = Object.entries(outputs).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(inputs[name]),
  );
  return { urn, type, id, custom, parent, provider, inputs, outputs: Object.fromEntries(other) };
}

/**
 * A recorded stack, with the code of the poller that there is now: every version has another, which is an update as it
 * should be.
 */
export async function releasedStack(version: string, name: string): Promise<ReleasedStack> {
  const text = await readFile(path.join(RELEASED, version, `${name}.json`), "utf8");
  const { contentHash, codeId } = functionPackage();
  return JSON.parse(text.replaceAll("<contentHash>", contentHash).replaceAll("<codeId>", codeId));
}

/** The version whose states are the last recorded. */
export async function lastReleased(): Promise<string> {
  const [version] = rsort(await readdir(RELEASED));
  return version!;
}

/** For `pulumi stack import`, into a stack that is called as the recorded one was. */
export function importable({ resources }: ReleasedStack, empty: Deployment): Deployment {
  const complete = resources.map(({ inputs, outputs, ...resource }) => ({
    ...resource,
    inputs,
    outputs: { ...inputs, ...outputs },
  }));
  return { ...empty, deployment: { ...empty.deployment, resources: complete } };
}
