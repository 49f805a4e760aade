import { beforeEach, describe, expect, it } from "vitest";
import {
  BLOB_CONTAINER,
  type DeclaredParts,
  declare,
  declaredParts,
  RESOURCE_GROUP,
  STORAGE_ACCOUNT,
  SUBSCRIPTION_ID,
} from "./localSubscriptionFixture.ts";

const ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const LOCK = "azure-native:authorization:ManagementLockByScope";
const BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
const NOBODY = "0e7f3a4c-0000-4000-8000-000000000000";

let parts: DeclaredParts;

beforeEach(async () => {
  parts = await declaredParts();
});

function roleDefinitionId(role: string, subscriptionId = SUBSCRIPTION_ID): string {
  return `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
}

/** What Azure accepts, changed by `changes`. */
function assign(changes: Record<string, unknown> = {}, name = "owner") {
  const inputs = {
    scope: parts.accountId,
    principalId: parts.identity.outputs.principalId,
    principalType: "ServicePrincipal",
    roleDefinitionId: roleDefinitionId(BLOB_DATA_OWNER),
    ...changes,
  };
  return declare(parts.provider, ROLE_ASSIGNMENT, inputs, name);
}

describe("a role assignment", () => {
  it("is named by a GUID when the program does not name it, and grants the role", async () => {
    const { id, outputs } = await assign();

    expect(id).toMatch(
      new RegExp(`^${parts.accountId}/providers/Microsoft.Authorization/roleAssignments/[0-9a-f-]{36}$`),
    );
    expect(outputs.createdBy).toBe(parts.deployer.objectId);
    expect(parts.resourceManager.roleAssignments()).toEqual([
      {
        scope: parts.accountId,
        roleDefinitionId: roleDefinitionId(BLOB_DATA_OWNER),
        principalObjectId: parts.identity.outputs.principalId,
      },
    ]);
  });

  it("may be made on the subscription, a resource group and a container as well", async () => {
    await assign({ scope: `/subscriptions/${SUBSCRIPTION_ID}` }, "subscription");
    await assign({ scope: parts.groupId }, "group");
    await assign({ scope: parts.containerId }, "container");

    expect(parts.resourceManager.roleAssignments()).toHaveLength(3);
  });

  it("is refused for a principal that does not exist, or for a new one without a type", async () => {
    await expect(assign({ principalId: NOBODY })).rejects.toThrow(
      `Status=400 Code="PrincipalNotFound" Message="Principal 0e7f3a4c000040008000000000000000 does not exist in the ` +
        `directory ${parts.directory.tenantId}. Check that you have the correct principal ID.`,
    );
    await expect(assign({ principalType: undefined })).rejects.toThrow('Code="PrincipalNotFound"');
  });

  it("is refused with the type that the SDK fills in when the program gives none", async () => {
    await expect(assign({ principalType: "User" })).rejects.toThrow(
      "has type 'ServicePrincipal' , which is different from specified PrinciaplType 'User'.",
    );
  });

  it("is refused for a role that does not exist, also one of another subscription", async () => {
    await expect(assign({ roleDefinitionId: roleDefinitionId(NOBODY) })).rejects.toThrow(
      `Code="RoleDefinitionDoesNotExist" Message="The specified role definition with ID '${NOBODY}' does not exist."`,
    );
    await expect(assign({ roleDefinitionId: roleDefinitionId(BLOB_DATA_OWNER, NOBODY) })).rejects.toThrow(
      'Code="RoleDefinitionDoesNotExist"',
    );
  });

  it("is refused on a scope that does not exist", async () => {
    await expect(assign({ scope: `${parts.accountId}2` })).rejects.toThrow(
      "The Resource 'Microsoft.Storage/storageAccounts/siemhost2' under resource group 'siem-rg' was not found.",
    );
    await expect(assign({ scope: `${parts.groupId}2` })).rejects.toThrow(
      `Code="ResourceGroupNotFound" Message="Resource group 'siem-rg2' could not be found."`,
    );
  });

  it("is refused a second time, under whatever name", async () => {
    const first = await assign();

    await expect(assign({}, "again")).rejects.toThrow(
      'Code="RoleAssignmentExists" Message="The role assignment already exists. The ID of the existing role assignment ' +
        `is ${String(first.outputs.name).replaceAll("-", "")}."`,
    );
  });

  it("is refused with a name that is not a GUID", async () => {
    await expect(assign({ roleAssignmentName: "owner" })).rejects.toThrow(
      "The role assignment ID 'owner' is not valid. The role assignment ID must be a GUID.",
    );
  });

  it("is gone with its scope", async () => {
    await assign({ scope: parts.containerId });
    await parts.provider.delete({ type: BLOB_CONTAINER, id: parts.containerId, configuration: {} });

    expect(parts.resourceManager.roleAssignments()).toEqual([]);
  });
});

describe("a management lock", () => {
  it("keeps what it is on, and everything that holds it, from being deleted until it is gone", async () => {
    const lock = await declare(parts.provider, LOCK, { scope: parts.accountId, level: "CanNotDelete" });
    const deletion = { type: STORAGE_ACCOUNT, id: parts.accountId, configuration: {} };

    const refusal =
      "cannot perform delete operation because following scope(s) are locked: " +
      `'${parts.accountId}'. Please remove the lock and try again.`;
    await expect(parts.provider.delete(deletion)).rejects.toThrow(refusal);
    await expect(
      parts.provider.delete({ ...deletion, type: RESOURCE_GROUP, id: parts.groupId }),
    ).rejects.toThrow(refusal);
    await parts.provider.delete({ ...deletion, type: LOCK, id: lock.id });
    await parts.provider.delete(deletion);
    expect(parts.resourceManager.find(parts.accountId)).toBeUndefined();
  });

  it("keeps what it is on from being changed when it is read-only", async () => {
    await declare(parts.provider, LOCK, { scope: parts.groupId, level: "ReadOnly" });

    await expect(assign()).rejects.toThrow('Code="ScopeLocked"');
  });

  it("is refused with a level that Azure does not know", async () => {
    await expect(declare(parts.provider, LOCK, { scope: parts.groupId, level: "NoDelete" })).rejects.toThrow(
      "The lock level 'NoDelete' is not valid. Valid values are 'CanNotDelete', 'ReadOnly'.",
    );
  });
});
