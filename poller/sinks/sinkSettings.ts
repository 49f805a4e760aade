import { SettingError } from "../../activity-api/settingError.ts";
import type { EnvironmentReader } from "../environmentReader.ts";
import { SINK_KINDS, type SinkKind, type SinkKindName } from "./openSink.ts";

/** A destination beside the store, as its variables describe it. */
export interface SinkSettings {
  /** Lower-case letters and digits. */
  name: string;
  kind: SinkKindName;
  /** What else the JSON says, as its kind reads it. */
  properties: object;
  /** A secret. Given for kinds that need one. */
  token?: string;
}

const PREFIX = "SIEM_SINK_";
const TOKEN_SUFFIX = "_TOKEN";

/** Reads every `SIEM_SINK_<NAME>`, with its `SIEM_SINK_<NAME>_TOKEN`; what is wrong is added to the reader's problems. */
export function readSinks(read: EnvironmentReader): SinkSettings[] {
  const names = read.namesBeginning(PREFIX);
  const variables = names.filter(name => !name.endsWith(TOKEN_SUFFIX));
  for (const name of names.filter(each => each.endsWith(TOKEN_SUFFIX)))
    if (!variables.includes(name.slice(0, -TOKEN_SUFFIX.length)))
      read.addProblem(name, `there is no ${name.slice(0, -TOKEN_SUFFIX.length)}. Add it, or remove this.`);
  return variables.flatMap(variable => readSink(read, variable) ?? []);
}

function readSink(read: EnvironmentReader, variable: string): SinkSettings | undefined {
  const name = variable.slice(PREFIX.length);
  if (!/^[A-Z0-9]+$/.test(name)) {
    read.addProblem(variable, `a sink's name has only capital letters and digits. Rename the variable.`);
    return undefined;
  }
  const sink = read.optional(variable, value => parseSink(name.toLowerCase(), value));
  if (sink === undefined) return undefined;
  const token = readToken(read, `${variable}${TOKEN_SUFFIX}`, sink.kind);
  return token === undefined ? sink : { ...sink, token };
}

function readToken(read: EnvironmentReader, variable: string, kind: SinkKindName): string | undefined {
  if (SINK_KINDS[kind].hasToken) return read.required(variable, parseToken);
  read.optional(variable, () => {
    throw new SettingError(`a sink of kind ${kind} has no token. Remove it.`);
  });
  return undefined;
}

/** @throws SettingError with all that is wrong, and without the value as a whole: somebody may have put a token into it. */
function parseSink(name: string, value: string): SinkSettings {
  const given = parseObject(value);
  const { kind, ...rest } = given;
  if (typeof kind !== "string" || !Object.hasOwn(SINK_KINDS, kind))
    throw new SettingError(
      `${kind === undefined ? "there is no kind" : `${JSON.stringify(kind)} is not a kind`} of sink. Use ${quoted(Object.keys(SINK_KINDS))}.`,
    );
  const known = kind as SinkKindName;
  return { name, kind: known, properties: readProperties(SINK_KINDS[known] as SinkKind<object>, rest) };
}

function parseObject(value: string): Record<string, unknown> {
  const example = `{"kind":"…"}`;
  try {
    const given: unknown = JSON.parse(value);
    if (typeof given === "object" && given !== null && !Array.isArray(given))
      return given as Record<string, unknown>;
  } catch {
    throw new SettingError(`it is not JSON. Write an object like ${example}.`);
  }
  throw new SettingError(`it is JSON and not an object. Write one like ${example}.`);
}

function readProperties({ properties }: SinkKind<object>, given: Record<string, unknown>): object {
  const known = Object.entries(properties as Record<string, (value: unknown, name: string) => unknown>);
  const problems = Object.keys(given)
    .filter(name => !Object.hasOwn(properties, name))
    .map(
      name =>
        `"${name}" is not a property of this kind. Use ${quoted(["kind", ...known.map(([each]) => each)])}.`,
    );
  const values: Record<string, unknown> = {};
  for (const [name, read] of known)
    try {
      values[name] = read(given[name], name);
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      problems.push(error.message);
    }
  if (problems.length > 0) throw new SettingError(problems.join(" "));
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** @throws SettingError for a Key Vault reference that Azure could not resolve, which then is the value itself. */
function parseToken(value: string): string {
  if (!value.trim().startsWith("@Microsoft.KeyVault(")) return value.trim();
  throw new SettingError(
    "Azure could not resolve the Key Vault reference. See in the portal, under the function app's environment variables, " +
      "why: mostly the identity may not read the secret, or there is no such secret.",
  );
}

function quoted(names: readonly string[]): string {
  return names.map(name => `"${name}"`).join(", ");
}
