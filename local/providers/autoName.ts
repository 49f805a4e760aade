import { createHash } from "node:crypto";
import type { Properties } from "../azure/properties.ts";
import { pathParameters } from "../azure/resourceId.ts";
import type { CheckRequest } from "./hostedProvider.ts";

/** The input by which azure-native remembers that it made the name, so that a replacement may exist beside the old. */
export const CREATE_BEFORE_DELETE = "__createBeforeDelete";

/**
 * The name of a resource that the program left unnamed, as azure-native makes it, and the mark that it did. It takes no
 * care of a type's rules: a storage account from `my-store` gets a name that Azure then refuses.
 */
export function autoName(path: string, request: CheckRequest): Properties {
  const parameter = path.endsWith("}") ? pathParameters(path).at(-1) : undefined;
  if (parameter === undefined || request.inputs[parameter] !== undefined) return {};
  const { oldInputs } = request;
  if (oldInputs[parameter] !== undefined) {
    return { [parameter]: oldInputs[parameter], ...mark(oldInputs[CREATE_BEFORE_DELETE] === true) };
  }
  const kind = kindOf(path, parameter);
  const { autonaming } = request;
  if (autonaming?.mode === "disable") return {};
  if (autonaming?.mode === "enforce" || (autonaming?.mode === "propose" && kind !== "uuid")) {
    return { [parameter]: autonaming.proposedName, ...mark(true) };
  }
  return { [parameter]: nameOf(kind, request), ...mark(kind !== "copy") };
}

type NameKind = "random" | "copy" | "uuid";

/** Children are named as in the program, since their parent's name is unique already. */
function kindOf(path: string, parameter: string): NameKind {
  if (parameter === "roleAssignmentName") return "uuid";
  const belowProvider = path.split(/microsoft\./i).at(-1) ?? "";
  return !/microsoft\./i.test(path) || belowProvider.split("{").length === 2 ? "random" : "copy";
}

function nameOf(kind: NameKind, { name, randomSeed }: CheckRequest): string {
  const hex = createHash("sha256").update(randomSeed).digest("hex");
  if (kind === "copy") return name;
  if (kind === "random") return name + hex.slice(0, 8);
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function mark(isGenerated: boolean): Properties {
  return isGenerated ? { [CREATE_BEFORE_DELETE]: true } : {};
}
