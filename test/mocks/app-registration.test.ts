import { describe, expect, it } from "vitest";
import { AppRegistration, type AppRegistrationArgs } from "../../components/application/appRegistration.ts";
import {
  CLIENT_ID,
  DEPLOYER_OBJECT_ID,
  type Declared,
  declare,
  inventory,
  MANAGEMENT_APIS_OBJECT_ID,
  only,
  TENANT_ID,
} from "./declare.ts";

const APPLICATION = "azuread:index/application:Application";
const PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal";
const GRANT = "azuread:index/appRoleAssignment:AppRoleAssignment";
const FEDERATED =
  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential";
const MANAGEMENT_APIS = "c5393580-f805-4401-95e8-94b7a6ef2fc2";
const READ = "594c1fb6-4f81-4475-ae41-0c394909246c";
const READ_DLP = "4807a72c-ad38-4250-94c9-4eabfe26cd55";

function register(args: Partial<AppRegistrationArgs> = {}) {
  return declare(() => new AppRegistration("reader", { tenantId: TENANT_ID, ...args }));
}

describe("AppRegistration", () => {
  it("declares an application, its principal and the grant, and nothing else", async () => {
    const { resources } = await register();
    expect(inventory(resources)).toEqual(
      [`${GRANT} reader-ActivityFeed.Read`, `${APPLICATION} reader`, `${PRINCIPAL} reader-principal`].sort(),
    );
  });

  it("requests the application role, not the delegated scope of the same id", async () => {
    const { resources } = await register();
    expect(only(resources, APPLICATION).inputs.requiredResourceAccesses).toEqual([
      { resourceAppId: MANAGEMENT_APIS, resourceAccesses: [{ id: READ, type: "Role" }] },
    ]);
  });

  it("grants the role to its own principal on Microsoft's", async () => {
    const { resources } = await register();
    expect(only(resources, GRANT).inputs).toEqual({
      appRoleId: READ,
      principalObjectId: "object-id-of-principal",
      resourceObjectId: MANAGEMENT_APIS_OBJECT_ID,
    });
  });

  it("only reads Microsoft's service principal: no resource carries its client id", async () => {
    const { resources } = await register();
    const principals = resources.filter(({ type }) => type === PRINCIPAL);
    expect(principals.map(({ inputs }) => [inputs.clientId, inputs.useExisting])).toEqual([
      [CLIENT_ID, undefined],
    ]);
  });

  it("asks for the DLP role only when told to", async () => {
    const { resources } = await register({ roles: ["ActivityFeed.Read", "ActivityFeed.ReadDlp"] });
    const granted = resources.filter(({ type }) => type === GRANT).map(({ inputs }) => inputs.appRoleId);
    expect(granted).toEqual([READ, READ_DLP]);
  });

  it("is owned by the deployer from the first call, and by further owners once each", async () => {
    const other = "0d0d0d0d-0000-4000-8000-00000000000f";
    const { resources } = await register({ owners: [other, DEPLOYER_OBJECT_ID] });
    expect(only(resources, APPLICATION).inputs.owners).toEqual([DEPLOYER_OBJECT_ID, other]);
  });

  it("grants nothing with manual consent, and says where to consent", async () => {
    const { resources, exposed } = await register({ adminConsent: "manual" });
    expect(resources.filter(({ type }) => type === GRANT)).toEqual([]);
    expect(exposed.grantedRoles).toEqual([]);
    expect(exposed.consentUrl).toBe(
      `https://login.microsoftonline.com/${TENANT_ID}/adminconsent?client_id=${CLIENT_ID}`,
    );
  });

  it("has no consent URL when it has consented itself", async () => {
    const { exposed } = await register();
    expect(exposed.grantedRoles).toEqual(["ActivityFeed.Read"]);
    expect(exposed.consentUrl).toBe("");
  });

  it("trusts a managed identity by object id, and each pipeline by issuer and subject", async () => {
    const { resources } = await register({
      trustedIdentities: { poller: "object-id-of-identity" },
      trustedPipelines: {
        main: {
          issuer: "https://token.actions.githubusercontent.com",
          subject: "repo:contoso/siem:ref:refs/heads/main",
        },
      },
    });
    expect(credentials(resources)).toEqual([
      {
        displayName: "reader-trusts-poller",
        issuer: `https://login.microsoftonline.com/${TENANT_ID}/v2.0`,
        subject: "object-id-of-identity",
        audiences: ["api://AzureADTokenExchange"],
      },
      {
        displayName: "reader-trusts-main",
        issuer: "https://token.actions.githubusercontent.com",
        subject: "repo:contoso/siem:ref:refs/heads/main",
        audiences: ["api://AzureADTokenExchange"],
      },
    ]);
  });

  it.each(["gccHigh", "dod"] as const)("uses the login host and exchange audience of %s", async cloud => {
    const { resources, exposed } = await register({
      cloud,
      adminConsent: "manual",
      trustedIdentities: { poller: "object-id-of-identity" },
    });
    expect(credentials(resources)).toMatchObject([
      {
        issuer: `https://login.microsoftonline.us/${TENANT_ID}/v2.0`,
        audiences: ["api://AzureADTokenExchangeUSGov"],
      },
    ]);
    expect(exposed.consentUrl).toContain("https://login.microsoftonline.us/");
  });

  it("creates no password and no certificate, whatever is asked", async () => {
    const { resources } = await register({ trustedIdentities: { poller: "object-id-of-identity" } });
    expect(resources.filter(({ type }) => /password|certificate/i.test(type))).toEqual([]);
    expect(only(resources, APPLICATION).inputs).not.toHaveProperty("password");
  });

  it("registers as outputs exactly what it exposes", async () => {
    const { exposed, registered } = await register();
    expect(registered).toEqual(exposed);
  });

  it.each([
    [
      "tenantId",
      { tenantId: "contoso.onmicrosoft.com" },
      /^tenantId: .*"contoso\.onmicrosoft\.com" is a domain name/,
    ],
    ["cloud", { cloud: "usgov" as never }, /^cloud: "usgov" is not a cloud\. Write gccHigh/],
    [
      "adminConsent",
      { adminConsent: "auto" as never },
      /^adminConsent: "auto" is not a way to consent\. Use "grant"/,
    ],
    ["authorityUrl", { authorityUrl: "http://login.example" }, /^authorityUrl: .*is not https/],
  ])("refuses a wrong %s, and says what to do", async (_argument, args, message) => {
    await expect(register(args)).rejects.toThrow(message);
  });
});

function credentials(resources: Declared[]) {
  return resources
    .filter(({ type }) => type === FEDERATED)
    .map(({ inputs: { applicationId: _application, ...rest } }) => rest)
    .sort((one, other) => String(other.displayName).localeCompare(String(one.displayName)));
}
