import { createHash } from "node:crypto";

/**
 * Names that must be unique in all of Azure, because they become host names: storage accounts and function apps.
 *
 * They are derived, not random: the subscription, project, stack and component that own the resource are hashed
 * into the name. Two stacks in one subscription, the same stack in two subscriptions, and two tenants in one stack
 * get different names; one stack gets the same name again after a destroy, so that firewall rules and SIEM inputs
 * that mention it stay right. Auto-naming would do for function apps, but not for storage accounts: it appends to
 * the logical name, and a logical name with a hyphen is no valid account name.
 */
export interface NameOwner {
  subscriptionId: string;
  project: string;
  stack: string;
  component: string;
}

/** At most 24 lower-case letters and digits: `<component><purpose><hash>`, the component cut where it is too long. */
export function storageAccountName(owner: NameOwner, purpose: string): string {
  const hash = ownerHash(owner, purpose);
  const stem = owner.component.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return `${stem.slice(0, 24 - purpose.length - hash.length)}${purpose}${hash}`;
}

/** At most 60 letters, digits and hyphens, since the host name of the app is built from it. */
export function functionAppName(owner: NameOwner): string {
  const hash = ownerHash(owner, "function");
  const stem = owner.component
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `${stem.slice(0, 60 - hash.length - 1) || "poller"}-${hash}`;
}

/** From 6 to 50 letters, digits and hyphens, a letter first, since the host name of the namespace is built from it. */
export function eventHubsNamespaceName(owner: NameOwner): string {
  const hash = ownerHash(owner, "event hubs");
  return `${hyphenated(owner.component, 50 - hash.length - 1) || "events"}-${hash}`;
}

/**
 * The name in the program of a key vault, to which Azure's provider adds eight digits: at most 16 letters, digits and
 * hyphens, a letter first.
 *
 * Here random digits are right: a deleted vault keeps its name for 90 days and cannot be purged, so that a sink which
 * was removed and comes back would meet its own old name.
 */
export function keyVaultLogicalName(component: string, purpose: string): string {
  const hash = createHash("sha256").update(`${component}\n${purpose}`).digest("hex").slice(0, 6);
  return `${hyphenated(component, 9) || "vault"}-${hash}`;
}

/**
 * A role assignment is named by a GUID of the caller's choice. Deriving it from scope, role and principal makes a
 * second `up` find the first one's assignment, and gives a recreated principal a new one
 * (openshift/hypershift#8322 shows the stale grant that a name without the principal leaves behind).
 */
export function roleAssignmentName(
  scope: string,
  roleDefinitionId: string,
  principalObjectId: string,
): string {
  return derivedGuid([scope.toLowerCase(), roleDefinitionId.toLowerCase(), principalObjectId.toLowerCase()]);
}

/** A workbook is named by a GUID, too; the title that people read is a property of it. */
export function workbookName(owner: NameOwner): string {
  const { subscriptionId, project, stack, component } = owner;
  return derivedGuid([subscriptionId, project, stack, component, "workbook"]);
}

/** In the shape of a name-based GUID (RFC 9562, version 8: custom), where Azure accepts nothing but a GUID. */
function derivedGuid(parts: string[]): string {
  const digest = createHash("sha256").update(parts.join("\n")).digest("hex");
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join("-");
}

/** The longest beginning that starts with a letter and has no hyphen at its ends or beside another. */
function hyphenated(name: string, maxLength: number): string {
  const words = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return words
    .replace(/^[^a-z]+/, "")
    .slice(0, maxLength)
    .replace(/-$/, "");
}

function ownerHash(owner: NameOwner, purpose: string): string {
  const identity = [owner.subscriptionId, owner.project, owner.stack, owner.component, purpose].join("\n");
  return createHash("sha256").update(identity).digest("hex").slice(0, 10);
}
