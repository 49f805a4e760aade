import type { Properties } from "./properties.ts";

/** Fills in the parameters of a path. A scope is a resource id itself, with its slash in front. */
export function resourceId(path: string, parameters: Properties): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    String(parameters[name]).replace(/^\/+|\/+$/g, ""),
  );
  return filled.replace(/^\/+/, "/");
}

/** The parameters in a resource id, or undefined when the id is not of this path. Letter case is ignored. */
export function parseResourceId(path: string, id: string): Record<string, string> | undefined {
  const pattern = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    SCOPES.includes(name) ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`,
  );
  const match = new RegExp(`^${pattern}$`, "i").exec(path.startsWith("/{") ? `/${id}` : id);
  if (match === null) return undefined;
  const parameters = Object.entries(match.groups ?? {});
  return Object.fromEntries(
    parameters.map(([name, value]) => [
      name,
      SCOPES.includes(name) ? `/${value.replace(/^\/+/, "")}` : value,
    ]),
  );
}

/** Parameters that stand for a whole resource id. */
const SCOPES = ["scope", "resourceUri"];

export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? "");
}

/** The path's inputs: its parameters without the subscription, which the provider knows. */
export function pathInputs(path: string): string[] {
  return pathParameters(path).filter(name => name !== "subscriptionId");
}

/** The path up to the nearest parent that is a resource: its last parameter that is not the name itself. */
export function parentPath(path: string): string {
  const withoutName = path.endsWith("}") ? path.slice(0, path.lastIndexOf("{")) : path;
  return withoutName.slice(0, withoutName.lastIndexOf("}") + 1);
}

/** Such as Microsoft.Storage/storageAccounts/blobServices/containers. */
export function armType(path: string): string {
  const provider = path.split("/providers/").at(-1) ?? "";
  if (!path.includes("/providers/")) return "Microsoft.Resources/resourceGroups";
  const [namespace, ...segments] = provider.split("/");
  return [namespace, ...segments.filter((_, index) => index % 2 === 0)].join("/");
}

export function lastSegment(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** Azure ignores letter case in resource ids. */
export function isSameId(id: string, other: unknown): boolean {
  return id.toLowerCase() === String(other).toLowerCase();
}

/** Whether `id` is the resource `ancestor` or below it. */
export function isAtOrBelow(id: string, ancestor: string): boolean {
  const [lower, upper] = [id.toLowerCase(), ancestor.toLowerCase()];
  return lower === upper || lower.startsWith(`${upper}/`);
}
