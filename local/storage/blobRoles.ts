import { holdsRole, type RoleAssignment } from "../azure/heldRoles.ts";

/** What a caller wants to do with blobs. */
export type BlobAccess = "read" | "write";

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage */
const BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
const BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
const BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";

/** Contributor and Owner of the control plane are not here: they may manage an account but not read its blobs. */
const ROLES_FOR: Record<BlobAccess, readonly string[]> = {
  read: [BLOB_DATA_READER, BLOB_DATA_CONTRIBUTOR, BLOB_DATA_OWNER],
  write: [BLOB_DATA_CONTRIBUTOR, BLOB_DATA_OWNER],
};

/** Whether the principal holds a data role that allows `access` on the resource or on anything above it. */
export function mayAccessBlobs(
  assignments: readonly RoleAssignment[],
  principalObjectId: string,
  access: BlobAccess,
  resourceId: string,
): boolean {
  return holdsRole(assignments, principalObjectId, ROLES_FOR[access], resourceId);
}

/** Resource id of a blob container, as Azure Resource Manager writes it. */
export function containerResourceId(accountResourceId: string, container: string): string {
  return `${accountResourceId}/blobServices/default/containers/${container}`;
}
