/** The text as which Pulumi hands over a value that is known only after another resource was created. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * The properties that have a value, at any depth. What a dynamic provider returns travels as a protobuf Struct, and
 * Pulumi fails with "Unexpected struct type" on one that is undefined.
 */
export function definedOnly<Properties extends object>(properties: Properties): Properties {
  const entries = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, isRecord(value) ? definedOnly(value) : value]);
  return Object.fromEntries(entries) as Properties;
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
