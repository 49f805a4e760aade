import protocol, { type CheckRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import struct, { type Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../azure/properties.ts";
import type { ChangeKind, PropertyChange } from "../azure/propertyDiff.ts";
import type { Autonaming, CheckResult, DiffResult } from "./hostedProvider.ts";

/** Plain values of a message; null means absent, as the real providers read it. */
export function fromStruct(message: Struct | undefined): Properties {
  return message === undefined ? {} : (withoutNulls(message.toJavaScript()) as Properties);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(present.map(([key, item]) => [key, withoutNulls(item)]));
}

/** Undefined properties are left out; dates become text. */
export function toStruct(properties: Properties): Struct {
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)));
}

export function checkResponse({ inputs, failures }: CheckResult) {
  const response = new protocol.CheckResponse().setInputs(toStruct(inputs));
  for (const { property, reason } of failures) {
    response.addFailures(new protocol.CheckFailure().setProperty(property ?? "").setReason(reason));
  }
  return response;
}

/** The last part of a URN is the name that the program gave to the resource. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The type is the last of a URN's chain of parent types: `urn:pulumi:dev::siem::a:b:Parent$azure-native:web:WebApp::app`. */
export function typeOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

export function autonamingOf(request: CheckRequest): Autonaming | undefined {
  const options = request.getAutonaming();
  if (options === undefined) return undefined;
  const { PROPOSE, ENFORCE } = protocol.CheckRequest.AutonamingOptions.Mode;
  const mode = options.getMode();
  return {
    mode: mode === PROPOSE ? "propose" : mode === ENFORCE ? "enforce" : "disable",
    proposedName: options.getProposedName(),
  };
}

export function diffResponse({ changes, deleteBeforeReplace }: DiffResult) {
  const { DIFF_NONE, DIFF_SOME } = protocol.DiffResponse.DiffChanges;
  const response = new protocol.DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList(topLevelNames(changes))
    .setReplacesList(topLevelNames(changes.filter(change => change.replaces)))
    .setDeletebeforereplace(deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const change of changes) {
    const detail = new protocol.PropertyDiff().setKind(detailedKind(change)).setInputdiff(true);
    response.getDetaileddiffMap().set(change.path, detail);
  }
  return response;
}

function topLevelNames(changes: PropertyChange[]): string[] {
  return [...new Set(changes.map(({ path }) => path.split(/[.[]/)[0] ?? path))];
}

function detailedKind({ kind, replaces }: PropertyChange) {
  const kinds = protocol.PropertyDiff.Kind;
  const inPlace: Record<ChangeKind, number> = {
    add: kinds.ADD,
    update: kinds.UPDATE,
    delete: kinds.DELETE,
  };
  const replacing: Record<ChangeKind, number> = {
    add: kinds.ADD_REPLACE,
    update: kinds.UPDATE_REPLACE,
    delete: kinds.DELETE_REPLACE,
  };
  return (replaces ? replacing : inPlace)[kind];
}

/** A schema without types: programs are written against the SDK, which needs none from the provider. */
export function emptySchema(name: string, version: string): string {
  return JSON.stringify({ name, version });
}
