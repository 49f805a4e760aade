import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inject } from "vitest";
import type { Knobs } from "../../local/activity/knobs.ts";
import { type OperationResult, PulumiStack } from "../../local/engine/stack.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import { DECLARED, type Declaration } from "./declaration.ts";

const PROGRAM = path.join(import.meta.dirname, "programs/subscriptions");
const STACK = "test";
const CLIENT_ID = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
export const SECRET = "swordfish-swordfish";
const MINUTE = 60_000;

/** What every declaration says of the local tenant and of the application that is consented to there. */
export interface Feed {
  tenantId: string;
  clientId: string;
  activityApiUrl: string;
  authorityUrl: string;
  /** Short, so that a test that fails does not wait for the next start. */
  readyTimeoutMinutes: number;
}

/** A resource as the state keeps it. */
export interface ResourceState {
  urn: string;
  type: string;
  id?: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  initErrors?: string[];
}

/** A stack of subscriptions, run by the real engine on a local tenant of its own. */
export class SubscriptionStack {
  readonly tenant: LocalTenant;
  readonly feed: Feed;
  readonly pulumi: PulumiStack;
  readonly #stateFolder: string;

  private constructor(tenant: LocalTenant, stateFolder: string, programFolder: string) {
    this.tenant = tenant;
    this.#stateFolder = stateFolder;
    tenant.directory.registerConsentedClient(CLIENT_ID, SECRET);
    this.feed = {
      tenantId: tenant.tenantId,
      clientId: CLIENT_ID,
      activityApiUrl: tenant.activityApi.url,
      authorityUrl: tenant.entra.url,
      readyTimeoutMinutes: 0.5,
    };
    this.pulumi = this.withProgram(programFolder);
  }

  /** The same stack, run with another program. */
  withProgram(programFolder: string): PulumiStack {
    return new PulumiStack({
      engine: inject("engine"),
      programFolder,
      stateFolder: this.#stateFolder,
      stackName: STACK,
      environment: { NODE_EXTRA_CA_CERTS: this.tenant.tls.caFile, SIEM_CLIENT_SECRET: SECRET },
    });
  }

  static async open({
    knobs,
    programFolder = PROGRAM,
  }: {
    knobs?: Partial<Knobs>;
    programFolder?: string;
  } = {}) {
    const tenant = await startTenant({ knobs });
    const stateFolder = await mkdtemp(path.join(tmpdir(), "subscription-stack-"));
    const stack = new SubscriptionStack(tenant, stateFolder, programFolder);
    await stack.pulumi.init();
    return stack;
  }

  /** Makes these resources the program. What is said for all of them may be left out. */
  declare(declarations: Record<string, Partial<Declaration>>): void {
    const complete = Object.entries(declarations).map(([name, given]) => [name, { ...this.feed, ...given }]);
    this.pulumi.environment[DECLARED] = JSON.stringify(Object.fromEntries(complete));
  }

  urn(name: string): string {
    return `urn:pulumi:${STACK}::subscriptions::pulumi-nodejs:dynamic/defender-siem:AuditSubscription::${name}`;
  }

  /** The subscriptions that the state holds, by name. */
  async recorded(): Promise<Record<string, ResourceState>> {
    const { deployment } = await this.pulumi.exportState();
    const resources: ResourceState[] = deployment.resources ?? [];
    const subscriptions = resources.filter(({ type }) => type.endsWith("AuditSubscription"));
    return Object.fromEntries(subscriptions.map(found => [found.urn.split("::").at(-1), found]));
  }

  /** What the service says of each content type. */
  statuses(): Record<string, string> {
    const subscriptions = this.tenant.activity.subscriptions();
    return Object.fromEntries(subscriptions.map(({ contentType, status }) => [contentType, status]));
  }

  /** The starts and stops that the service saw since this was asked last, in order. */
  takeChanges(): string[] {
    return this.takeRequests().filter(request => request !== "list");
  }

  /** Likewise with the lists. */
  takeRequests(): string[] {
    const seen = this.tenant.activity.requests();
    const requests = seen.map(({ operation, contentType }) => [operation, contentType].join(" ").trim());
    this.tenant.activity.clearRequests();
    return requests;
  }

  /** Lets the service's clock run ahead, since a start counts for fifteen minutes. */
  passMinutes(minutes: number): void {
    const { clockSkewMilliseconds } = this.tenant.activity.knobs;
    this.tenant.activity.turnKnobs({ clockSkewMilliseconds: clockSkewMilliseconds + minutes * MINUTE });
  }

  /** Every file that Pulumi keeps for the stack: the state, its history and backups, and whatever else. */
  async filesKept(): Promise<string[]> {
    const entries = await readdir(this.#stateFolder, { recursive: true, withFileTypes: true });
    const files = entries.filter(entry => entry.isFile());
    return Promise.all(files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), "utf8")));
  }

  async close(): Promise<void> {
    await this.pulumi.close();
    await this.tenant.close();
    await rm(this.#stateFolder, { recursive: true, force: true });
  }
}

/** Everything that the engine wrote. */
export function written({ stdout, stderr }: OperationResult): string {
  return stdout + stderr;
}
