import { X509Certificate } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { UNKNOWN } from "../../local/azure/properties.ts";
import { secretDigest } from "../../local/entra/applicationCredentials.ts";
import type { Directory } from "../../local/entra/directory.ts";
import { AzureadProvider } from "../../local/providers/azureadProvider.ts";
import type { CreatedResource } from "../../local/providers/hostedProvider.ts";
import { createClientCertificate } from "./localEntraFixture.ts";
import {
  ACTIVITY_FEED_READ,
  declare,
  localSubscription,
  MANAGEMENT_APIS,
} from "./localSubscriptionFixture.ts";

const APPLICATION = "azuread:index/application:Application";
const SERVICE_PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal";
const GRANT = "azuread:index/appRoleAssignment:AppRoleAssignment";
const FEDERATED_CREDENTIAL =
  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential";
const APPLICATION_CERTIFICATE = "azuread:index/applicationCertificate:ApplicationCertificate";
const APPLICATION_PASSWORD = "azuread:index/applicationPassword:ApplicationPassword";
const NOBODY = "0e7f3a4c-0000-4000-8000-000000000000";

let directory: Directory;
let deployer: { clientId: string; objectId: string };
let provider: AzureadProvider;

beforeEach(() => {
  ({ directory, deployer } = localSubscription());
  provider = new AzureadProvider(directory, deployer);
});

const READER = {
  displayName: "Audit reader",
  requiredResourceAccesses: [
    { resourceAppId: MANAGEMENT_APIS, resourceAccesses: [{ id: ACTIVITY_FEED_READ, type: "Role" }] },
  ],
};

function objectIdOf({ outputs }: CreatedResource): string {
  return String(outputs.objectId);
}

async function declareReader() {
  const application = await declare(provider, APPLICATION, READER);
  const principal = await declare(provider, SERVICE_PRINCIPAL, { clientId: application.outputs.clientId });
  return { application, principal };
}

function managementApis() {
  const found = directory.findServicePrincipalByClientId(MANAGEMENT_APIS);
  if (found === undefined) throw new Error("Microsoft's service principal is gone.");
  return found;
}

describe("an application", () => {
  it("exists in the directory with what it asks for, and with the ids that the SDK expects", async () => {
    const created = await declare(provider, APPLICATION, { ...READER, owners: [deployer.objectId] });

    const [application] = [...directory.applications.values()].filter(
      ({ displayName }) => displayName === "Audit reader",
    );
    expect(application).toMatchObject({
      owners: [deployer.objectId],
      signInAudience: "AzureADMyOrg",
      requiredResourceAccess: [
        { resourceAppId: MANAGEMENT_APIS, resourceAccess: [{ id: ACTIVITY_FEED_READ, type: "Role" }] },
      ],
    });
    expect(created.id).toBe(`/applications/${application?.objectId}`);
    expect(created.outputs).toMatchObject({
      ...READER,
      clientId: application?.clientId,
      objectId: application?.objectId,
    });
  });

  it("holds no role by asking for it", async () => {
    const { principal } = await declareReader();

    expect(directory.rolesOf(objectIdOf(principal), managementApis().objectId)).toEqual([]);
  });

  it.each([
    [{ displayName: "" }, "expected displayName to not be an empty string"],
    [{ featureTags: [{ hide: true }], tags: ["a"] }, '"featureTags": conflicts with tags'],
    [{ signInAudience: "MyOrg" }, "expected signInAudience to be one of"],
    [{ owners: [NOBODY] }, `Request_ResourceNotFound: Resource '${NOBODY}' does not exist`],
    [
      {
        requiredResourceAccesses: [
          { resourceAppId: MANAGEMENT_APIS, resourceAccesses: [{ id: NOBODY, type: "Role" }] },
        ],
      },
      "Could not create application: unexpected status 400 (400 Bad Request) with error: Request_BadRequest: Property " +
        "requiredResourceAccess.resourceAccess is invalid.",
    ],
  ])("is refused with %j", async (changes, message) => {
    await expect(declare(provider, APPLICATION, { ...READER, ...changes })).rejects.toThrow(message);
  });

  it("is refused with the name of another one where duplicates are to be prevented", async () => {
    const { id } = await declare(provider, APPLICATION, READER);

    await expect(declare(provider, APPLICATION, { ...READER, preventDuplicateNames: true })).rejects.toThrow(
      `A resource with the ID "${id}" already exists`,
    );
  });

  it("changes in place, and shows what was changed behind Pulumi's back", async () => {
    const { id, outputs } = await declare(provider, APPLICATION, READER);
    const request = { type: APPLICATION, id, configuration: {} };
    const changed = await provider.update({
      ...request,
      inputs: { ...READER, displayName: "Reader" },
      oldInputs: READER,
      oldOutputs: outputs,
      preview: false,
    });
    expect(changed).toMatchObject({ displayName: "Reader", clientId: outputs.clientId });

    directory.updateApplication(objectIdOf({ id, outputs }), { displayName: "Renamed" });
    const read = provider.read({
      ...request,
      inputs: { ...READER, displayName: "Reader" },
      outputs: changed,
    });
    expect(read?.inputs).toEqual({ ...READER, displayName: "Renamed" });

    directory.deleteApplication(objectIdOf({ id, outputs }));
    expect(provider.read({ ...request, inputs: READER, outputs })).toBeUndefined();
    await expect(provider.delete(request)).resolves.toBeUndefined();
  });
});

describe("an application password", () => {
  it("is a secret that Entra takes, shown once, and gone when it is removed", async () => {
    const { id: applicationId, outputs } = await declare(provider, APPLICATION, READER);
    const application = directory.applications.get(outputs.objectId as string)!;
    const password = await declare(provider, APPLICATION_PASSWORD, { applicationId, displayName: "old way" });
    expect(application.passwords).toMatchObject([
      { displayName: "old way", secretDigest: secretDigest(password.outputs.value as string) },
    ]);
    await provider.delete({ type: APPLICATION_PASSWORD, id: password.id, configuration: {} });
    expect(application.passwords).toEqual([]);
  });
});

describe("an application certificate", () => {
  it("proves the application until it is removed, and ends as Graph writes it, in whole seconds", async () => {
    const { id: applicationId, outputs } = await declare(provider, APPLICATION, READER);
    const application = directory.applications.get(outputs.objectId as string)!;
    const { certificate } = await createClientCertificate();
    const value = new X509Certificate(certificate).raw.toString("base64");
    const inputs = { applicationId, type: "AsymmetricX509Cert", encoding: "base64", value };
    const declared = await declare(provider, APPLICATION_CERTIFICATE, inputs);
    expect(application.certificates.map(known => new X509Certificate(known.certificate).raw)).toEqual([
      Buffer.from(value, "base64"),
    ]);
    expect(declared.outputs).toMatchObject({
      ...inputs,
      keyId: application.certificates[0]!.keyId,
      endDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    await provider.delete({ type: APPLICATION_CERTIFICATE, id: declared.id, configuration: {} });
    expect(application.certificates).toEqual([]);
  });

  it.each([
    [{ type: "Certificate" }, "expected type to be one of"],
    [{ encoding: "der" }, "takes certificates encoded as base64 or pem, got der"],
    [{ value: "MIIB" }, "The key credential's value is not a certificate."],
  ])("is refused where %j", async (wrong, message) => {
    const { id: applicationId } = await declare(provider, APPLICATION, READER);
    const inputs = { applicationId, encoding: "base64", value: "MIIB", ...wrong };
    await expect(declare(provider, APPLICATION_CERTIFICATE, inputs)).rejects.toThrow(message);
  });
});

describe("a service principal", () => {
  it("is refused for an application that does not exist, or that has one already", async () => {
    const { application } = await declareReader();

    await expect(declare(provider, SERVICE_PRINCIPAL, { clientId: NOBODY })).rejects.toThrow(
      `The appId '${NOBODY}' of the service principal does not reference a valid application.`,
    );
    const clientId = application.outputs.clientId;
    await expect(declare(provider, SERVICE_PRINCIPAL, { clientId })).rejects.toThrow(
      "Could not create service principal: unexpected status 409 (409 Conflict)",
    );
  });

  it("of Microsoft is adopted with useExisting, and then deleted with the stack, as it would be in Entra", async () => {
    const { objectId } = managementApis();
    const adopted = await declare(provider, SERVICE_PRINCIPAL, {
      clientId: MANAGEMENT_APIS,
      useExisting: true,
    });
    expect(adopted.id).toBe(`/servicePrincipals/${objectId}`);

    await provider.delete({ type: SERVICE_PRINCIPAL, id: adopted.id, configuration: {} });
    expect(directory.findServicePrincipalByClientId(MANAGEMENT_APIS)).toBeUndefined();
  });

  it("is replaced when it shall be of another application", () => {
    const change = { oldInputs: { clientId: "a" }, inputs: { clientId: "b" } };

    expect(
      provider.diff({ type: SERVICE_PRINCIPAL, id: "id", configuration: {}, ...change }).changes,
    ).toEqual([{ path: "clientId", kind: "update", replaces: true }]);
  });
});

describe("an app role assignment", () => {
  async function grant(changes: Record<string, unknown> = {}) {
    const { principal } = await declareReader();
    const inputs = {
      appRoleId: ACTIVITY_FEED_READ,
      principalObjectId: objectIdOf(principal),
      resourceObjectId: managementApis().objectId,
      ...changes,
    };
    return { inputs, granted: await declare(provider, GRANT, inputs) };
  }

  it("grants the role, and takes it back when it is deleted", async () => {
    const { inputs, granted } = await grant();
    const roles = () => directory.rolesOf(String(inputs.principalObjectId), managementApis().objectId);

    expect(granted.id).toMatch(
      new RegExp(`^/servicePrincipals/${managementApis().objectId}/appRoleAssignedTo/.+`),
    );
    expect(roles()).toEqual(["ActivityFeed.Read"]);
    await provider.delete({ type: GRANT, id: granted.id, configuration: {} });
    expect(roles()).toEqual([]);
  });

  it("is refused a second time", async () => {
    const { inputs } = await grant();

    await expect(declare(provider, GRANT, inputs)).rejects.toThrow(
      "Could not create app role assignment: unexpected status 400 (400 Bad Request) with error: Request_BadRequest: " +
        "Permission being assigned already exists on the object",
    );
  });

  it("is refused for a resource, a role or a principal that does not exist", async () => {
    await expect(grant({ resourceObjectId: NOBODY })).rejects.toThrow(
      `Service principal not found for resource (Object ID: "${NOBODY}")`,
    );
    await expect(grant({ appRoleId: NOBODY })).rejects.toThrow(
      `Permission entry '${NOBODY}' not found on application 'Office 365 Management APIs'.`,
    );
    await expect(grant({ principalObjectId: NOBODY })).rejects.toThrow("Request_ResourceNotFound");
  });
});

describe("a federated identity credential", () => {
  async function trust(changes: Record<string, unknown> = {}, application?: CreatedResource) {
    const { id } = application ?? (await declareReader()).application;
    return await declare(provider, FEDERATED_CREDENTIAL, {
      applicationId: id,
      displayName: "poller",
      audiences: ["api://AzureADTokenExchange"],
      issuer: "https://login.microsoftonline.com/tenant/v2.0",
      subject: NOBODY,
      ...changes,
    });
  }

  it("is known to the application that trusts by it, until it is deleted", async () => {
    const { application } = await declareReader();
    const { id, outputs } = await trust({}, application);
    const credentials = () => directory.getApplication(objectIdOf(application)).federatedCredentials;

    expect(id).toBe(`${application.outputs.objectId}/federatedIdentityCredential/${outputs.credentialId}`);
    expect(credentials()).toMatchObject([{ name: "poller", subject: NOBODY }]);
    await provider.delete({ type: FEDERATED_CREDENTIAL, id, configuration: {} });
    expect(credentials()).toEqual([]);
  });

  it.each([
    [{ applicationId: NOBODY }, `parsing "${NOBODY}": it is not of the form "/applications/<object id>".`],
    [{ audiences: [] }, "exactly 1 is supported, but the config has 0 declared"],
    [{ audiences: ["a", "b"] }, "exactly 1 is supported, but the config has 2 declared"],
    [{ displayName: "my poller" }, "The federated identity credential name 'my poller' is invalid."],
    [{ issuer: "login.microsoftonline.com" }, "is not a URL"],
  ])("is refused with %j", async (changes, message) => {
    await expect(trust(changes)).rejects.toThrow(message);
  });

  it("is refused with issuer and subject of another one, and beyond twenty", async () => {
    const { application } = await declareReader();
    await trust({}, application);

    await expect(trust({ displayName: "again" }, application)).rejects.toThrow("already exists");
    for (let number = 1; number < 20; number++) {
      await trust({ displayName: `trusted-${number}`, subject: `subject ${number}` }, application);
    }
    await expect(trust({ displayName: "last", subject: "last" }, application)).rejects.toThrow(
      "already has 20 federated identity credentials",
    );
  });
});

describe("a preview", () => {
  it("creates nothing, and knows of new objects only what the program says", async () => {
    const created = await provider.create({
      type: APPLICATION,
      inputs: READER,
      preview: true,
      configuration: {},
    });

    expect(created).toMatchObject({ id: "", outputs: { ...READER, clientId: UNKNOWN, objectId: UNKNOWN } });
    expect(directory.findApplicationByClientId(UNKNOWN)).toBeUndefined();
  });

  it("takes unknown inputs as they are", async () => {
    const checked = await provider.check({
      type: FEDERATED_CREDENTIAL,
      name: "trust",
      inputs: {
        applicationId: UNKNOWN,
        audiences: [UNKNOWN],
        displayName: "poller",
        issuer: UNKNOWN,
        subject: UNKNOWN,
      },
      oldInputs: {},
      randomSeed: new Uint8Array(),
      configuration: {},
    });

    expect(checked.failures).toEqual([]);
  });
});

describe("a function of the provider", () => {
  const invoke = (name: string, args: Record<string, unknown> = {}, configuration = {}) =>
    provider.invoke({ token: `azuread:index/${name}:${name}`, args, configuration });

  it("says who deploys, and in which tenant", () => {
    expect(invoke("getClientConfig")).toMatchObject({
      clientId: deployer.clientId,
      objectId: deployer.objectId,
      tenantId: directory.tenantId,
    });
  });

  it("finds Microsoft's service principal with its roles by name", () => {
    expect(invoke("getServicePrincipal", { clientId: MANAGEMENT_APIS })).toMatchObject({
      objectId: managementApis().objectId,
      displayName: "Office 365 Management APIs",
      appRoleIds: { "ActivityFeed.Read": ACTIVITY_FEED_READ },
    });
    expect(() => invoke("getServicePrincipal", { clientId: NOBODY })).toThrow(
      `No service principal found matching clientId: "${NOBODY}"`,
    );
  });

  it("names Microsoft's applications", () => {
    expect(invoke("getApplicationPublishedAppIds")).toMatchObject({
      result: { Office365Management: MANAGEMENT_APIS },
    });
  });

  it("is refused in another tenant than this one", () => {
    expect(() => invoke("getClientConfig", {}, { tenantId: NOBODY })).toThrow(
      `AADSTS90002: Tenant '${NOBODY}' not found.`,
    );
  });
});
