import { type Claims, listClaim, textClaim } from "../../activity-api/jwt.ts";
import { CheckState, type PrerequisiteCheck } from "../../activity-api/prerequisites/check.ts";
import { type AzureNeed, DIRECTORY_ROLES, type GraphNeed } from "./needs.ts";

/** What Azure Resource Manager says that the caller may do; each counts by itself. */
export interface AzurePermission {
  actions: readonly string[];
  notActions: readonly string[];
}

/** Whether the token for Microsoft Graph, by what it says of itself, lets the deployer do what it needs. */
export function checkGraph(need: GraphNeed, claims: Claims): PrerequisiteCheck {
  const held = [...listClaim(claims, "roles"), ...(textClaim(claims, "scp")?.split(" ") ?? [])];
  const directoryRoles = listClaim(claims, "wids");
  const name = need.permissions[0]!;
  const found =
    need.permissions.find(permission => held.includes(permission)) ??
    need.directoryRoles.find(role => directoryRoles.includes(DIRECTORY_ROLES[role]));
  if (found !== undefined) return { name, state: CheckState.ok, finding: `The deployer has ${found}.` };
  // A person may register applications where the tenant allows it to everybody, which no token tells.
  if (textClaim(claims, "scp") !== undefined)
    return { name, state: CheckState.unknown, finding: `The token of a user does not tell ${name}.` };
  return {
    name,
    state: CheckState.failed,
    finding: `The deployer lacks the Microsoft Graph permission ${name}, which is needed to ${need.purpose}.`,
    fix:
      `Grant it as an application permission with admin consent, or the directory role ` +
      `${need.directoryRoles.slice(0, 3).join(", ")}${orElse(need.otherwise)}.`,
  };
}

/** https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format */
export function checkAzure(
  need: AzureNeed,
  permissions: readonly AzurePermission[],
  scope: string,
): PrerequisiteCheck {
  const name = need.action;
  const isAllowed = permissions.some(
    ({ actions, notActions }) =>
      actions.some(pattern => matches(pattern, name)) && !notActions.some(pattern => matches(pattern, name)),
  );
  if (isAllowed) return { name, state: CheckState.ok, finding: "The deployer may do it." };
  return {
    name,
    state: CheckState.failed,
    finding: `The deployer may not do ${name} on ${scope}.`,
    fix: `Assign it the role ${need.role} there${orElse(need.otherwise)}.`,
  };
}

/** @param registrationState as Azure says it: Registered, Registering, NotRegistered, Unregistering. */
export function checkResourceProvider(
  namespace: string,
  registrationState: string | undefined,
): PrerequisiteCheck {
  if (registrationState === undefined)
    return { name: namespace, state: CheckState.unknown, finding: "Azure does not tell its registration." };
  if (/^register(ed|ing)$/i.test(registrationState))
    return { name: namespace, state: CheckState.ok, finding: `It is ${registrationState}.` };
  return {
    name: namespace,
    state: CheckState.failed,
    finding: `The resource provider ${namespace} is ${registrationState} in the subscription.`,
    fix: `Run: az provider register --namespace ${namespace} --wait`,
  };
}

function orElse(otherwise: string | undefined): string {
  return otherwise === undefined ? "" : `, or ${otherwise}`;
}

/** `*` stands for anything, slashes too; letter case does not count. */
function matches(pattern: string, action: string): boolean {
  const parts = pattern.split("*").map(part => part.replaceAll(/[.\\/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(action);
}
