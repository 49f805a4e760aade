/** An application of one tenant in others, which let it in by an administrator's consent. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Directory } from "../../local/entra/directory.ts";
import type { Application } from "../../local/entra/directoryObjects.ts";
import {
  ACTIVITY_API_CLIENT_ID,
  ACTIVITY_FEED_READ,
  assertionFields,
  type EntraFixture,
  requestToken,
  startFixture,
} from "./localEntraFixture.ts";

let home: EntraFixture;
let customer: Directory;
let application: Application;

beforeEach(async () => {
  home = await startFixture();
  customer = new Directory({ initialDomain: "customer.onmicrosoft.com" });
  home.entra.addDirectory(customer);
  application = home.directory.createApplication({
    displayName: "provider",
    signInAudience: "AzureADMultipleOrgs",
    requiredResourceAccess: [
      { resourceAppId: ACTIVITY_API_CLIENT_ID, resourceAccess: [{ id: ACTIVITY_FEED_READ, type: "Role" }] },
    ],
  });
  home.directory.createServicePrincipal(application.clientId);
  trust(home.issuer.issuer, home.issuer.subject);
});
afterEach(() => home.close());

function trust(issuer: string, subject: string): void {
  home.directory.addFederatedCredential(application.objectId, {
    name: `credential-${application.federatedCredentials.length}`,
    issuer,
    subject,
    audiences: ["api://AzureADTokenExchange"],
  });
}

async function openConsentUrl(): Promise<number> {
  const url = `${home.entra.url}/${customer.tenantId}/adminconsent?client_id=${application.clientId}`;
  return (await fetch(url)).status;
}

async function askForToken(assertion?: string) {
  const proof = assertionFields(application.clientId, assertion ?? (await home.issuer.issueToken()));
  const { body } = await requestToken(home, proof, { tenant: customer.tenantId });
  return body;
}

describe("in a customer's tenant, the application", () => {
  it("is unknown before somebody consents", async () => {
    expect((await askForToken()).error_codes).toEqual([700016]);
  });

  it("gets a token of that tenant with the roles that it asks for, by the credential of its home", async () => {
    expect(await openConsentUrl()).toBe(200);
    const { access_token } = await askForToken();
    expect(await home.entra.verify(access_token)).toMatchObject({
      tid: customer.tenantId,
      appid: application.clientId,
      roles: ["ActivityFeed.Read"],
    });
  });

  it("is proved by the managed identity of its home as well", async () => {
    const { clientId, principalObjectId } = home.directory.createManagedIdentity("poller");
    trust(`${home.entra.url}/${home.directory.tenantId}/v2.0`, principalObjectId);
    await openConsentUrl();
    const { accessToken } = await home.entra.requestManagedIdentityToken(
      home.directory,
      clientId,
      "api://AzureADTokenExchange",
    );
    expect((await askForToken(accessToken)).access_token).toBeDefined();
  });

  it("is unknown again once its enterprise application is deleted, until somebody consents anew", async () => {
    await openConsentUrl();
    customer.deleteServicePrincipal(customer.findServicePrincipalByClientId(application.clientId)!.objectId);
    expect((await askForToken()).error_codes).toEqual([700016]);
    await openConsentUrl();
    expect((await askForToken()).access_token).toBeDefined();
  });

  it("cannot be consented to while it is for its own tenant only", async () => {
    home.directory.updateApplication(application.objectId, { signInAudience: "AzureADMyOrg" });
    expect(await openConsentUrl()).toBe(400);
    expect((await askForToken()).error_codes).toEqual([700016]);
  });
});
