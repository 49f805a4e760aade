import { describe, expect, it } from "vitest";
import { Directory } from "../../local/entra/directory.ts";
import { DirectoryError } from "../../local/entra/directoryError.ts";
import {
  ACTIVITY_API_CLIENT_ID,
  ACTIVITY_FEED_READ,
  grantActivityFeedRead,
  registerReader,
} from "./localEntraFixture.ts";

const GITHUB = {
  name: "github",
  issuer: "https://token.actions.githubusercontent.com",
  subject: "repo:contoso/siem:environment:production",
  audiences: ["api://AzureADTokenExchange"],
};

function refusal(action: () => unknown): { status: number; code: string; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof DirectoryError) return error;
    throw error;
  }
  throw new Error("The directory did not refuse.");
}

describe("a new directory", () => {
  it("knows Microsoft's own principals and no application", () => {
    const directory = new Directory();
    expect([...directory.servicePrincipals.values()].map(principal => principal.displayName)).toEqual([
      "Office 365 Management APIs",
      "Azure Storage",
      "Windows Azure Service Management API",
      "Azure Monitor Control Service",
      "Microsoft.EventHubs",
      "Azure Key Vault",
      "Microsoft Graph",
      "AAD Token Exchange Endpoint",
    ]);
    expect(directory.applications.size).toBe(0);
  });

  it.each([
    "c5393580-f805-4401-95e8-94b7a6ef2fc2",
    "https://manage.office.com",
    "https://manage.office.com/",
    "HTTPS://MANAGE.OFFICE.COM",
    "https://manage-gcc.office.com",
    "https://manage.office365.us",
    "https://manage.protection.apps.mil",
    "https://manage.office.cn",
  ])("finds the Management Activity API as %s", name => {
    expect(new Directory().findResource(name)?.principal.clientId).toBe(ACTIVITY_API_CLIENT_ID);
  });
});

describe("applications", () => {
  it("are created without principal, and refused without name", () => {
    const directory = new Directory();
    const application = directory.createApplication({ displayName: "reader" });
    expect(application).toMatchObject({ displayName: "reader", signInAudience: "AzureADMyOrg", owners: [] });
    expect(directory.findServicePrincipalByClientId(application.clientId)).toBeUndefined();
    expect(refusal(() => directory.createApplication({ displayName: "" }))).toMatchObject({ status: 400 });
  });

  it("keep on update what is not given", () => {
    const directory = new Directory();
    const { objectId } = directory.createApplication({ displayName: "reader", owners: ["somebody"] });
    directory.updateApplication(objectId, { displayName: "renamed", owners: undefined });
    expect(directory.getApplication(objectId)).toMatchObject({
      displayName: "renamed",
      owners: ["somebody"],
    });
  });

  it("take their principal and its grants with them when they are deleted", () => {
    const directory = new Directory();
    const { application, servicePrincipal } = registerReader(directory);
    grantActivityFeedRead(directory, servicePrincipal.objectId);
    directory.deleteApplication(application.objectId);
    expect(directory.servicePrincipals.has(servicePrincipal.objectId)).toBe(false);
    expect(directory.appRoleAssignments.size).toBe(0);
    expect(refusal(() => directory.deleteApplication(application.objectId))).toMatchObject({
      status: 404,
      code: "Request_ResourceNotFound",
    });
  });
});

describe("service principals", () => {
  it("exist once for an application", () => {
    const directory = new Directory();
    const { application } = registerReader(directory);
    expect(refusal(() => directory.createServicePrincipal(application.clientId))).toMatchObject({
      status: 409,
      code: "Request_MultipleObjectsWithSameKeyValue",
    });
  });

  it("are refused for an application that nobody knows", () => {
    const unknown = "9f1d2c3b-0000-4000-8000-000000000000";
    expect(refusal(() => new Directory().createServicePrincipal(unknown)).message).toContain(unknown);
  });

  it("of Microsoft can be deleted, to one's loss, and created again", () => {
    const directory = new Directory();
    const { objectId } = directory.findServicePrincipalByClientId(ACTIVITY_API_CLIENT_ID)!;
    directory.deleteServicePrincipal(objectId);
    expect(directory.findResource("https://manage.office.com")).toBeUndefined();
    directory.createServicePrincipal(ACTIVITY_API_CLIENT_ID);
    expect(directory.findResource("https://manage.office.com")).toBeDefined();
  });
});

describe("app role assignments", () => {
  const resourceObjectId = (directory: Directory) =>
    directory.findServicePrincipalByClientId(ACTIVITY_API_CLIENT_ID)!.objectId;

  it("grant a role until they are removed", () => {
    const directory = new Directory();
    const { principalObjectId } = directory.createManagedIdentity("poller");
    const grant = {
      appRoleId: ACTIVITY_FEED_READ,
      principalObjectId,
      resourceObjectId: resourceObjectId(directory),
    };
    const { id } = directory.assignAppRole(grant);
    expect(directory.rolesOf(principalObjectId, grant.resourceObjectId)).toEqual(["ActivityFeed.Read"]);
    directory.removeAppRoleAssignment(id);
    expect(directory.rolesOf(principalObjectId, grant.resourceObjectId)).toEqual([]);
    expect(refusal(() => directory.removeAppRoleAssignment(id)).status).toBe(404);
  });

  it("are refused twice, for a role that the resource lacks, and for an unknown principal", () => {
    const directory = new Directory();
    const { servicePrincipal } = registerReader(directory);
    grantActivityFeedRead(directory, servicePrincipal.objectId);
    expect(refusal(() => grantActivityFeedRead(directory, servicePrincipal.objectId))).toMatchObject({
      status: 400,
      message: "Permission being assigned already exists on the object",
    });
    const unknownRole = {
      appRoleId: "11111111-2222-4333-8444-555555555555",
      principalObjectId: servicePrincipal.objectId,
      resourceObjectId: resourceObjectId(directory),
    };
    expect(refusal(() => directory.assignAppRole(unknownRole)).status).toBe(400);
    const clientIdInsteadOfObjectId = servicePrincipal.clientId;
    expect(refusal(() => grantActivityFeedRead(directory, clientIdInsteadOfObjectId)).status).toBe(404);
  });
});

describe("federated credentials", () => {
  it("must be unique on the application by name, and by issuer and subject", () => {
    const directory = new Directory();
    const { objectId } = registerReader(directory).application;
    directory.addFederatedCredential(objectId, GITHUB);
    const add = (changes: object) => () =>
      directory.addFederatedCredential(objectId, { ...GITHUB, ...changes });
    expect(refusal(add({ subject: "other" })).status).toBe(409);
    expect(refusal(add({ name: "other" })).status).toBe(409);
    expect(add({ name: "other", subject: "other" })()).toMatchObject({ name: "other" });
  });

  it("have exactly one audience, a name fit for a URL, and an issuer that is one", () => {
    const directory = new Directory();
    const { objectId } = registerReader(directory).application;
    const add = (changes: object) => () =>
      directory.addFederatedCredential(objectId, { ...GITHUB, ...changes });
    expect(refusal(add({ audiences: [] })).message).toContain("has 0 audiences");
    expect(refusal(add({ audiences: ["one", "two"] })).message).toContain("has 2 audiences");
    expect(refusal(add({ name: "a b" })).message).toContain("'a b'");
    expect(refusal(add({ issuer: "github" })).message).toContain("'github'");
  });

  it("are at most twenty on one application", () => {
    const directory = new Directory();
    const { objectId } = registerReader(directory).application;
    const add = (subject: string) =>
      directory.addFederatedCredential(objectId, { ...GITHUB, name: subject, subject });
    for (let index = 1; index <= 20; index++) add(`job-${index}`);
    expect(refusal(() => add("job-21")).message).toContain("20");
  });

  it("can be changed and removed by id", () => {
    const directory = new Directory();
    const { application } = registerReader(directory);
    const { id } = directory.addFederatedCredential(application.objectId, GITHUB);
    directory.updateFederatedCredential(application.objectId, id, { subject: "repo:contoso/siem:ref:main" });
    expect(application.federatedCredentials).toMatchObject([{ id, subject: "repo:contoso/siem:ref:main" }]);
    directory.removeFederatedCredential(application.objectId, id);
    expect(application.federatedCredentials).toEqual([]);
  });
});

describe("client secrets", () => {
  it("are shown once and never kept", () => {
    const directory = new Directory();
    const { application } = registerReader(directory);
    const { secretText } = directory.addPassword(application.objectId);
    expect(JSON.stringify([...directory.applications.values()])).not.toContain(secretText);
  });
});

describe("certificates", () => {
  it("are refused when they are none", () => {
    const directory = new Directory();
    const { objectId } = registerReader(directory).application;
    expect(refusal(() => directory.addCertificate(objectId, "not a certificate"))).toMatchObject({
      status: 400,
    });
  });
});
