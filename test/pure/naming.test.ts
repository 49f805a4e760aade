import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  eventHubsNamespaceName,
  functionAppName,
  keyVaultLogicalName,
  type NameOwner,
  roleAssignmentName,
  storageAccountName,
} from "../../components/azure/naming.ts";

const owner: NameOwner = {
  subscriptionId: "0a0a0a0a-0000-4000-8000-000000000003",
  project: "defender-siem",
  stack: "production",
  component: "defender",
};
const owners = fc.record({
  subscriptionId: fc.uuid(),
  project: fc.string(),
  stack: fc.string(),
  component: fc.string(),
});

describe("derived names", () => {
  it("are valid storage account names, whatever the component is called", () => {
    fc.assert(
      fc.property(owners, someOwner => {
        expect(storageAccountName(someOwner, "events")).toMatch(/^[a-z0-9]{3,24}$/);
      }),
    );
  });

  it("are valid function app names, whatever the component is called", () => {
    fc.assert(
      fc.property(owners, someOwner => {
        expect(functionAppName(someOwner)).toMatch(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/);
      }),
    );
  });

  it("are valid Event Hubs namespace names, whatever the component is called", () => {
    fc.assert(
      fc.property(owners, someOwner => {
        expect(eventHubsNamespaceName(someOwner)).toMatch(/^[a-z][a-z0-9-]{4,48}[a-z0-9]$/);
      }),
    );
  });

  it("leave room for the eight digits of a valid key vault name, whatever the component and sink are called", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (component, sink) => {
        expect(`${keyVaultLogicalName(component, sink)}0123abcd`).toMatch(
          /^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/,
        );
      }),
    );
    expect(keyVaultLogicalName("contoso-emea-defender", "one")).not.toBe(
      keyVaultLogicalName("contoso-emea-defender", "two"),
    );
  });

  it("stay the same for the same owner, so that firewall rules and SIEM inputs stay right", () => {
    expect(storageAccountName({ ...owner }, "events")).toBe(storageAccountName(owner, "events"));
    expect(functionAppName({ ...owner })).toBe(functionAppName(owner));
  });

  it.each(Object.keys(owner) as (keyof NameOwner)[])("differ when only the %s differs", part => {
    const other = { ...owner, [part]: `${owner[part]}2` };
    expect(storageAccountName(other, "events")).not.toBe(storageAccountName(owner, "events"));
    expect(functionAppName(other)).not.toBe(functionAppName(owner));
    expect(eventHubsNamespaceName(other)).not.toBe(eventHubsNamespaceName(owner));
  });

  it("differ for two purposes of one owner", () => {
    expect(storageAccountName(owner, "events")).not.toBe(storageAccountName(owner, "host"));
  });

  it("begin with the component, so that a person knows whose they are", () => {
    expect(storageAccountName(owner, "events")).toMatch(/^defenderevents/);
    expect(functionAppName(owner)).toMatch(/^defender-/);
  });
});

describe("the name of a role assignment", () => {
  const scope = "/subscriptions/a/resourceGroups/b/providers/Microsoft.Storage/storageAccounts/c";
  const role = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
  const principal = "6f0e1d2c-0000-4000-8000-000000000001";

  it("is a GUID", () => {
    expect(roleAssignmentName(scope, role, principal)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it("does not depend on letter case, since Azure changes it", () => {
    expect(roleAssignmentName(scope.toUpperCase(), role.toUpperCase(), principal.toUpperCase())).toBe(
      roleAssignmentName(scope, role, principal),
    );
  });

  it.each([
    ["scope", [`${scope}2`, role, principal]],
    ["role", [scope, role.replace("b", "c"), principal]],
    ["principal", [scope, role, principal.replace("1", "2")]],
  ] as const)("changes with the %s", (_part, [otherScope, otherRole, otherPrincipal]) => {
    expect(roleAssignmentName(otherScope, otherRole, otherPrincipal)).not.toBe(
      roleAssignmentName(scope, role, principal),
    );
  });
});
