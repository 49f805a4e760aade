import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkPrerequisites } from "../../activity-api/prerequisites.ts";
import { type PrerequisitesFixture, startPrerequisitesFixture } from "./prerequisitesFixture.ts";

let tenant: PrerequisitesFixture;

beforeEach(async () => {
  tenant = await startPrerequisitesFixture();
});

afterEach(async () => {
  await tenant.close();
});

const hour = 3_600_000;

describe("the prerequisites of a tenant", () => {
  it("are met where everything is in place, in the order in which one builds on another", async () => {
    await tenant.start("Audit.General");
    tenant.publish();
    const { checks } = await checkPrerequisites(tenant.settings, tenant.env);
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ["cloud", "ok"],
      ["service", "ok"],
      ["clock", "ok"],
      ["token", "ok"],
      ["roles", "ok"],
      ["subscription Audit.General", "ok"],
      ["audit logging", "ok"],
      ["Defender licence", "ok"],
    ]);
    expect(checks.map(({ fix }) => fix)).toEqual(checks.map(() => undefined));
  });

  it("are only looked at: nothing but reading requests leaves, whatever is wrong", async () => {
    await tenant.look();
    await tenant.look({ beforeDeployment: true });
    await tenant.start("Audit.General");
    tenant.service.clearRequests();
    tenant.publish();
    await tenant.look();
    tenant.service.disable("Audit.General");
    tenant.service.turnKnobs({ auditingEnabled: false });
    await tenant.look();
    tenant.revoke();
    await tenant.look();
    expect(new Set(tenant.requests().map(({ method }) => method))).toEqual(new Set(["GET"]));
    expect(tenant.service.subscriptions().map(({ status }) => status)).toEqual(["disabled"]);
  });

  it("hold no token and no secret", async () => {
    const secret = "Zm9yYmlkZGVuIHNlY3JldA~not-to-be-shown";
    const withSecret = await checkPrerequisites(tenant.settings, {
      ...tenant.env,
      SIEM_CLIENT_SECRET: secret,
    });
    expect(withSecret.checks.find(({ name }) => name === "token")).toMatchObject({
      state: "failed",
      finding: expect.stringContaining("AADSTS"),
    });
    const withToken = await checkPrerequisites(tenant.settings, tenant.env);
    const text = JSON.stringify([withSecret, withToken]);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(tenant.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
    expect(text).not.toMatch(/eyJ[\w-]+\./);
  });

  it("are not looked at with a setting that cannot be meant", async () => {
    await expect(checkPrerequisites({ tenantId: "contoso.com" }, {})).rejects.toThrow("is a domain name");
    await expect(
      checkPrerequisites({ ...tenant.settings, contentTypes: ["Audit.Defender"] }, tenant.env),
    ).rejects.toThrow('"Audit.Defender" is not a content type');
  });
});

describe("the service", () => {
  it("is reached without a token too", async () => {
    const { service } = await tenant.look({ clientId: undefined });
    expect(service).toMatchObject({
      state: "ok",
      finding: expect.stringContaining("answers. Without a token"),
    });
  });

  it("fails with what the network says when it is not reached, and the clock is compared with the login host's", async () => {
    const { service, clock } = await tenant.look({ activityApiUrl: "https://127.0.0.1:9" });
    expect(service).toMatchObject({
      state: "failed",
      finding: expect.stringContaining("the service was not reached"),
      fix: expect.stringContaining("check network, name resolution and firewall"),
    });
    expect(clock).toMatchObject({ state: "ok" });
  }, 30_000);

  it("fails when it rejects the token", async () => {
    tenant.service.setFault({
      operation: "list",
      times: "always",
      effect: { kind: "tokenRejected" },
    });
    const { service, roles } = await tenant.look();
    expect(service).toMatchObject({
      state: "failed",
      finding: expect.stringContaining("the service rejected the token"),
      fix: expect.stringContaining("Check that the cloud is the tenant's"),
    });
    expect(roles).toMatchObject({ state: "ok" });
  });
});

describe("the clock", () => {
  it.each([
    ["behind", 600_000],
    ["ahead of", -600_000],
  ])("fails when this machine is ten minutes %s the service", async (word, skew) => {
    tenant.service.turnKnobs({ clockSkewMilliseconds: skew });
    const { clock } = await tenant.look();
    expect(clock).toEqual({
      name: "clock",
      state: "failed",
      finding: `This machine's clock is 10 min ${word} the service's.`,
      fix: expect.stringContaining("NTP"),
    });
  });

  it("is fine with half a minute between the two", async () => {
    tenant.service.turnKnobs({ clockSkewMilliseconds: 30_000 });
    const { clock } = await tenant.look();
    expect(clock).toMatchObject({
      state: "ok",
      finding: expect.stringMatching(/^This machine's clock is (29|30) s behind/),
    });
  });
});

describe("the token", () => {
  it("names its credential, and those that were looked for before it", async () => {
    const { token } = await tenant.look();
    expect(token).toMatchObject({
      state: "ok",
      finding: expect.stringMatching(
        /^Obtained with the credential githubActions\. Looked for before it and not there: certificate, clientSecret, vaultCertificate, managedIdentity, oidcToken, workloadIdentity\. Valid until \d{4}-/,
      ),
    });
  });

  it("fails with every credential that was looked for, and why it is not there, when there is none", async () => {
    const { token, roles } = await tenant.look({}, {});
    expect(token).toMatchObject({ state: "failed" });
    for (const kind of [
      "certificate",
      "clientSecret",
      "managedIdentity",
      "oidcToken",
      "githubActions",
      "azureCli",
    ])
      expect(token!.finding).toContain(`\n  ${kind}: `);
    expect(roles).toMatchObject({ state: "unknown" });
  });

  it("fails with the pipeline's issuer and subject when the application does not trust it", async () => {
    const env = {
      ...tenant.env,
      ARM_OIDC_TOKEN: await tenant.entra.issuer.issueToken({ subject: "repo:contoso/other" }),
    };
    const { token } = await tenant.look({}, env);
    expect(token).toMatchObject({
      state: "failed",
      finding: expect.stringContaining('"repo:contoso/other"'),
      fix: expect.stringContaining("federated credential with exactly its issuer, subject and audience"),
    });
    expect(token!.finding).not.toContain(token!.fix);
  });

  it("stays unknown where there is no application yet", async () => {
    const { token, roles } = await tenant.look({ clientId: undefined });
    expect(token).toMatchObject({ state: "unknown", fix: expect.stringContaining("client id") });
    expect(roles).toMatchObject({ state: "unknown" });
  });
});

describe("the roles", () => {
  it("fail with the roles that are there, the missing one and the consent URL", async () => {
    tenant.revoke();
    const { roles, service } = await tenant.look();
    expect(roles).toMatchObject({
      state: "failed",
      finding: "The token has no roles, and ActivityFeed.Read is missing.",
      fix: expect.stringContaining(
        `${tenant.entra.entra.url}/${tenant.tenantId}/adminconsent?client_id=${tenant.clientId}`,
      ),
    });
    expect(service).toMatchObject({ state: "ok", finding: expect.stringContaining("AF10001") });
  });

  it("include one of its own for DLP.All", async () => {
    const { roles } = await tenant.look({ contentTypes: ["DLP.All"] });
    expect(roles).toMatchObject({
      state: "failed",
      finding: expect.stringContaining("ActivityFeed.ReadDlp is missing"),
    });
  });
});

describe("a subscription", () => {
  it("fails when it was never started, and when it is disabled", async () => {
    await tenant.start("Audit.General");
    tenant.service.disable("Audit.General");
    const checks = await tenant.look({ contentTypes: ["audit.general", "Audit.Exchange"] });
    expect(checks["subscription Audit.General"]).toMatchObject({
      state: "failed",
      finding: "It is disabled, so that nothing is collected.",
      fix: expect.stringContaining("pulumi up --refresh"),
    });
    expect(checks["subscription Audit.Exchange"]).toMatchObject({
      state: "failed",
      finding: "This application has never started it.",
    });
  });

  it("is in nobody's way before the deployment that starts it", async () => {
    const checks = await tenant.look({ beforeDeployment: true });
    expect(checks["subscription Audit.General"]).toMatchObject({
      state: "ok",
      finding: "This application has never started it. The deployment starts it.",
    });
  });

  it("stays unknown when it is listed without a status, as in Microsoft's sample", async () => {
    await tenant.start("Audit.General");
    tenant.service.setFault({ operation: "list", effect: { kind: "listedWithoutStatus" } });
    const checks = await tenant.look();
    expect(checks["subscription Audit.General"]).toMatchObject({ state: "unknown" });
  });
});

describe("audit logging", () => {
  it("is not known before a start, and nothing is claimed, whether it is on or off", async () => {
    for (const auditingEnabled of [true, false]) {
      tenant.service.turnKnobs({ auditingEnabled });
      const checks = await tenant.look();
      expect(checks["audit logging"]).toMatchObject({
        state: "unknown",
        finding: "Not known until a subscription is started, which fails while it is off.",
        fix: expect.stringContaining("Get-AdminAuditLogConfig"),
      });
    }
  });

  it("is on when there is recent content", async () => {
    await tenant.start("Audit.General");
    tenant.publish();
    const checks = await tenant.look();
    expect(checks["audit logging"]).toMatchObject({
      state: "ok",
      finding: expect.stringContaining("Audit.General"),
    });
  });

  it("is on when the content is days old", async () => {
    tenant.service.turnKnobs({ backfillHours: 160 });
    await tenant.start("Audit.General");
    const created = new Date(Date.now() - 140 * hour);
    tenant.publish({ created });
    const checks = await tenant.look();
    expect(checks["audit logging"]!.finding).toContain(created.toISOString());
  });

  it("is not known when a subscription is silent, since it may have been turned off after the start", async () => {
    await tenant.start("Audit.General");
    const checks = await tenant.look();
    expect(checks["audit logging"]).toMatchObject({
      state: "unknown",
      finding: expect.stringMatching(
        /^It was on when Audit\.General was started\. There is no content since \d{4}-/,
      ),
    });
  });

  it("is not known when content cannot be listed, and says why", async () => {
    await tenant.start("Audit.General");
    tenant.service.setFault({
      operation: "content",
      times: "always",
      effect: { kind: "error", code: "AF20023" },
    });
    const checks = await tenant.look();
    expect(checks["audit logging"]).toMatchObject({
      state: "unknown",
      finding: expect.stringContaining("AF20023"),
    });
    expect(checks["Defender licence"]).toMatchObject({
      state: "unknown",
      finding: expect.stringContaining("AF20023"),
    });
  });
});

describe("the Defender licence", () => {
  it("shows by a record that only a plan brings", async () => {
    await tenant.start("Audit.General");
    tenant.publish({ defender: false });
    tenant.publish();
    const checks = await tenant.look();
    expect(checks["Defender licence"]).toMatchObject({
      state: "ok",
      finding: expect.stringMatching(
        /^(ThreatIntelligenceUrl \(41\)|ThreatIntelligenceAtpContent \(47\)|AirInvestigation \(64\)) came at /,
      ),
    });
  });

  it("stays unknown without such a record, since a quiet tenant has none either", async () => {
    await tenant.start("Audit.General");
    tenant.publish({ defender: false });
    const checks = await tenant.look();
    expect(checks["Defender licence"]).toMatchObject({
      state: "unknown",
      finding: expect.stringContaining("hold no record of type 41, 47 or 64"),
      fix: expect.stringContaining("Plan 1"),
    });
  });

  it("is not taken from a record of type 28, which comes without a plan too", async () => {
    await tenant.start("Audit.General");
    tenant.service.publish("Audit.General", [JSON.stringify({ Id: "a", RecordType: 28 })]);
    const checks = await tenant.look();
    expect(checks["Defender licence"]).toMatchObject({ state: "unknown" });
  });

  it("is left out where Audit.General is not wanted", async () => {
    expect(Object.keys(await tenant.look({ contentTypes: ["Audit.Exchange"] }))).not.toContain(
      "Defender licence",
    );
  });

  it("survives a content blob that is gone", async () => {
    await tenant.start("Audit.General");
    tenant.publish();
    tenant.service.setFault({
      operation: "blob",
      times: "always",
      effect: { kind: "error", code: "AF20050" },
    });
    const checks = await tenant.look();
    expect(checks["Defender licence"]).toMatchObject({ state: "unknown" });
  });
});
