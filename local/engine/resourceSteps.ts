import type { EngineEvent, OpType } from "@pulumi/pulumi/automation/index.js";

/** What the engine does to one resource, in few words. */
export interface ResourceStep {
  phase: "started" | "done" | "failed";
  /** Such as `create`, `update`, `delete`, `read` or `same`. */
  operation: OpType;
  /** The resource's type token, such as `azure-native:storage:StorageAccount`. */
  type: string;
  /** The resource's name in the program. */
  name: string;
}

/** The step on a resource that an event tells of, or undefined when it tells of something else. */
export function resourceStep(event: EngineEvent): ResourceStep | undefined {
  if (event.resourcePreEvent !== undefined) return describe("started", event.resourcePreEvent.metadata);
  if (event.resOutputsEvent !== undefined) return describe("done", event.resOutputsEvent.metadata);
  if (event.resOpFailedEvent !== undefined) return describe("failed", event.resOpFailedEvent.metadata);
  return undefined;
}

function describe(
  phase: ResourceStep["phase"],
  { op, type, urn }: { op: OpType; type: string; urn: string },
): ResourceStep {
  // A URN is urn:pulumi:STACK::PROJECT::TYPE::NAME, and the name may itself hold "::".
  return { phase, operation: op, type, name: urn.split("::").slice(3).join("::") };
}
