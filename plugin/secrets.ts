/*
 * Pulumi's form of a secret on its way to a provider that takes secrets, as all do that construct components:
 * https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts
 */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

export type Properties = Record<string, unknown>;

/** The values by themselves, at any depth. */
export function revealed(properties: Properties | undefined): Properties {
  return reveal(properties ?? {}) as Properties;
}

/** The names of the properties that are secrets or hold one. */
export function secretNames(properties: Properties | undefined): string[] {
  return Object.entries(properties ?? {})
    .filter(([, value]) => holdsSecret(value))
    .map(([name]) => name);
}

/** The properties with those of the names wrapped again. */
export function concealed(properties: Properties | undefined, names: ReadonlySet<string>): Properties {
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([name, value]) => [
      name,
      names.has(name) ? { [SIGNATURE]: SECRET, value } : value,
    ]),
  );
}

function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (!isRecord(value)) return value;
  if (value[SIGNATURE] === SECRET) return reveal(value.value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, reveal(part)]));
}

function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (!isRecord(value)) return false;
  return value[SIGNATURE] === SECRET || Object.values(value).some(holdsSecret);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
