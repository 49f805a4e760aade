/**
 * Whether a type token of azure-native means this type, such as `storage:StorageAccount`. A token may name an API version:
 * `azure-native:storage/v20240101:StorageAccount`.
 */
export function isAzureType(token: string, type: string): boolean {
  const [, namespace, name] = /^azure-native:([^:/]+)(?:\/[^:]+)?:(\w+)$/.exec(token) ?? [];
  return `${namespace}:${name}` === type;
}
