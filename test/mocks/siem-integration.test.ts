import { describe, expect, it } from "vitest";
import { SiemIntegration, type SiemIntegrationArgs } from "../../components/siemIntegration.ts";
import { CLIENT_ID, declare, inventory, only, TENANT_ID } from "./declare.ts";

const SUBSCRIPTION = "pulumi-nodejs:dynamic/defender-siem:AuditSubscription";

function integrate(args: Partial<SiemIntegrationArgs> = {}) {
  return declare(
    () => new SiemIntegration("defender", { tenantId: TENANT_ID, location: "westeurope", ...args }),
  );
}

describe("SiemIntegration", () => {
  it("declares exactly these resources for one tenant", async () => {
    const { resources } = await integrate();
    expect(inventory(resources)).toEqual([
      "azure-native:authorization:RoleAssignment defender-owns-host-storage",
      "azure-native:authorization:RoleAssignment defender-writes-events",
      "azure-native:authorization:RoleAssignment defender-writes-ledger",
      "azure-native:managedidentity:UserAssignedIdentity defender-identity",
      "azure-native:resources:ResourceGroup defender",
      "azure-native:storage:BlobContainer defender-events",
      "azure-native:storage:BlobContainer defender-ledger",
      "azure-native:storage:BlobContainer defender-packages",
      "azure-native:storage:BlobServiceProperties defender-blobs",
      "azure-native:storage:BlobServiceProperties defender-host-blobs",
      "azure-native:storage:ManagementPolicy defender-lifecycle",
      "azure-native:storage:StorageAccount defender",
      "azure-native:storage:StorageAccount defender-host",
      "azure-native:web:AppServicePlan defender-plan",
      "azure-native:web:WebApp defender",
      "azure-native:web:WebAppFtpAllowed defender-ftp",
      "azure-native:web:WebAppScmAllowed defender-scm",
      "azuread:index/appRoleAssignment:AppRoleAssignment defender-ActivityFeed.Read",
      "azuread:index/application:Application defender",
      "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential defender-trusts-poller",
      "azuread:index/servicePrincipal:ServicePrincipal defender-principal",
      `${SUBSCRIPTION} defender-Audit.General`,
      "pulumi-nodejs:dynamic/defender-siem:FunctionPackage defender-code",
    ]);
  });

  it("lets one client id start the subscription and read it, since subscriptions belong to their application", async () => {
    const { resources } = await integrate();
    const { appSettings } = only(resources, "azure-native:web:WebApp").inputs.siteConfig as {
      appSettings: { name: string; value: string }[];
    };
    expect(only(resources, SUBSCRIPTION).inputs.clientId).toBe(CLIENT_ID);
    expect(appSettings).toContainEqual({ name: "SIEM_CLIENT_ID", value: CLIENT_ID });
  });

  it("subscribes to each content type once, in Microsoft's spelling", async () => {
    const { resources } = await integrate({
      contentTypes: ["audit.general", "Audit.Exchange", "Audit.General"],
    });
    const subscriptions = resources.filter(({ type }) => type === SUBSCRIPTION);
    expect(subscriptions.map(({ inputs }) => inputs.contentType)).toEqual([
      "Audit.General",
      "Audit.Exchange",
    ]);
  });

  it("asks for the DLP role only when it collects DLP.All", async () => {
    const { resources } = await integrate({ contentTypes: ["Audit.General", "DLP.All"] });
    const grants = resources
      .filter(({ type }) => type.endsWith(":AppRoleAssignment"))
      .map(({ name }) => name);
    expect(grants).toEqual(["defender-ActivityFeed.Read", "defender-ActivityFeed.ReadDlp"]);
  });

  it("hands endpoint overrides to everything that talks to Microsoft", async () => {
    const { resources } = await integrate({
      activityApiUrl: "https://127.0.0.1:8443",
      authorityUrl: "https://127.0.0.1:9443",
    });
    expect(only(resources, SUBSCRIPTION).inputs).toMatchObject({
      activityApiUrl: "https://127.0.0.1:8443",
      authorityUrl: "https://127.0.0.1:9443",
    });
    const { siteConfig } = only(resources, "azure-native:web:WebApp").inputs as {
      siteConfig: { appSettings: unknown[] };
    };
    expect(siteConfig.appSettings).toEqual(
      expect.arrayContaining([
        { name: "SIEM_ACTIVITY_API_URL", value: "https://127.0.0.1:8443" },
        { name: "SIEM_AUTHORITY_URL", value: "https://127.0.0.1:9443" },
      ]),
    );
  });

  it("stops no subscription on destroy unless told to", async () => {
    const kept = await integrate();
    const stopped = await integrate({ onDestroy: "stop" });
    expect(only(kept.resources, SUBSCRIPTION).inputs.onDestroy).not.toBe("stop");
    expect(only(stopped.resources, SUBSCRIPTION).inputs.onDestroy).toBe("stop");
  });

  it("tells the subscriptions of a grant of its own, which may take minutes to spread, and of no other's", async () => {
    const granted = await integrate();
    const manual = await integrate({ adminConsent: "manual" });
    expect(only(granted.resources, SUBSCRIPTION).inputs.grantId).toBe("/mock/defender-ActivityFeed.Read");
    expect(only(manual.resources, SUBSCRIPTION).inputs.grantId).toBeUndefined();
  });

  it("exposes the subscriptions by content type, and registers exactly what it exposes", async () => {
    const { exposed, registered } = await integrate();
    expect(exposed.subscriptions).toEqual({ "Audit.General": "enabled" });
    expect(registered).toEqual(exposed);
  });

  it.each([
    ["contentTypes[0]", { contentTypes: ["Audit.Defender"] }, '"Audit.Defender" is not a content type'],
    ["tenantId", { tenantId: "contoso.onmicrosoft.com" }, "is a domain name"],
    ["cloud", { cloud: "china" as never }, "Microsoft documents no Management Activity API for 21Vianet"],
    ["retentionDays", { retentionDays: 3 }, "3 is not a whole number of days from 8 to 3650."],
    ["recordTypes[0]", { recordTypes: ["Phish"] }, '"Phish" is not an audit record type.'],
  ])("refuses a wrong %s, and says what to do", async (argument, args, message) => {
    await expect(integrate(args)).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(`^${argument.replace(/[[\]]/g, "\\$&")}: `) }),
    );
    await expect(integrate(args)).rejects.toThrow(message);
  });
});
