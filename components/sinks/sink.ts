import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import type { ExistingWorkspace } from "../monitoring/workspace.ts";

/** Whose sinks they are and where their resources go. */
export interface SinkSurroundings {
  /** Name of the component, with which the names of all resources begin. */
  component: string;
  /** What the resources belong to, and what an error names. */
  parent: pulumi.Resource;
  resourceGroupName: pulumi.Input<string>;
  location?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  cloud: pulumi.Output<Cloud>;
  /** Object id of the identity that the poller runs as, which may send and nothing else. */
  principalObjectId: pulumi.Input<string>;
  /** The workspace for events whose sink names none. */
  workspace?: ExistingWorkspace;
  /** Tokens by the name of their sink. */
  tokens?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** A sink as the poller and the SIEM need it. */
export interface DeclaredSink {
  /** The sink in the poller's settings; `poller/settings.ts` is the other end. */
  setting: pulumi.Input<string>;
  /** A reference to its token, for a sink that has one. */
  tokenReference?: pulumi.Input<string>;
  /** What has to be there before the poller starts. */
  ready: pulumi.Resource[];
  /** What the SIEM is configured with. Nothing of it is a secret. */
  output: Record<string, pulumi.Input<string>>;
}

/** Properties that are no argument are misspelled ones, and what they were meant for would be missing silently. */
export function refuseUnknownProperties(given: object, allowed: readonly string[]): void {
  const unknown = Object.keys(given).find(property => !allowed.includes(property));
  if (unknown === undefined) return;
  throw new Error(`"${unknown}" is not a property of such a sink. It has ${allowed.join(", ")}.`);
}
