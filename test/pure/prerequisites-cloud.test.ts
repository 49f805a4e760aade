import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Cloud } from "../../activity-api/clouds.ts";
import { checkPrerequisites } from "../../activity-api/prerequisites.ts";
import { type FakeEntra, startFakeEntra } from "./fakeEntra.ts";

const tenantId = "11111111-2222-4333-8444-555555555555";

let entra: FakeEntra;
beforeAll(async () => {
  entra = await startFakeEntra();
});
afterEach(() => entra.reset());
afterAll(() => entra.close());

/** What login hosts answer of tenants of each cloud, as far as it differs. */
const metadata = {
  commercial: { tenant_region_scope: "EU", cloud_instance_name: "microsoftonline.com" },
  gcc: {
    tenant_region_scope: "NA",
    tenant_region_sub_scope: "GCC",
    cloud_instance_name: "microsoftonline.com",
  },
  gccHigh: {
    tenant_region_scope: "USGov",
    tenant_region_sub_scope: "DODCON",
    cloud_instance_name: "microsoftonline.us",
  },
  dod: {
    tenant_region_scope: "USGov",
    tenant_region_sub_scope: "DOD",
    cloud_instance_name: "microsoftonline.us",
  },
} as const;

/** The login host plays the API too, and refuses everything there. */
async function cloudCheck(cloud: Cloud, answer: { status: number; body: unknown }) {
  const denied = { status: 401, body: { Message: "Authorization has been denied for this request." } };
  entra.answerNext(answer, denied, denied);
  const urls = { authorityUrl: entra.url, activityApiUrl: entra.url };
  const { checks } = await checkPrerequisites({ tenantId, cloud, ...urls }, {});
  return checks.find(({ name }) => name === "cloud");
}

describe("the cloud of a tenant", () => {
  it.each(Object.values(Cloud))("is known without a token for a tenant of %s", async cloud => {
    expect(await cloudCheck(cloud, { status: 200, body: metadata[cloud] })).toMatchObject({
      state: "ok",
      finding: expect.stringContaining(`The tenant is in ${cloud}`),
    });
    expect(entra.received[0]?.path).toBe(`/${tenantId}/v2.0/.well-known/openid-configuration`);
    expect(entra.received[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    [Cloud.commercial, Cloud.gcc],
    [Cloud.commercial, Cloud.gccHigh],
    [Cloud.gccHigh, Cloud.dod],
    [Cloud.dod, Cloud.commercial],
  ])("fails when %s is configured for a tenant of %s, and names the right word", async (configured, real) => {
    expect(await cloudCheck(configured, { status: 200, body: metadata[real] })).toMatchObject({
      state: "failed",
      finding: expect.stringMatching(
        new RegExp(`^The tenant is in ${real} .*, and ${configured} is configured\\.$`),
      ),
      fix: `Set the cloud to ${real}.`,
    });
  });

  it("fails when the login host of the cloud knows no such tenant", async () => {
    const body = {
      error: "invalid_tenant",
      error_description: `AADSTS90002: Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID.`,
    };
    expect(await cloudCheck(Cloud.commercial, { status: 400, body })).toMatchObject({
      state: "failed",
      finding: "The login host of commercial (Enterprise) knows no such tenant.",
      fix: expect.stringContaining("login.microsoftonline.us"),
    });
  });

  it.each([
    ["says nothing of a cloud", { status: 200, body: { issuer: "https://login.example" } }, "does not say"],
    ["answers with a page of a proxy", { status: 403, body: "<html>" }, "answered HTTP 403"],
  ])("stays unknown when the login host %s", async (_what, answer, words) => {
    expect(await cloudCheck(Cloud.commercial, answer)).toMatchObject({
      state: "unknown",
      finding: expect.stringContaining(words),
    });
  });
});
