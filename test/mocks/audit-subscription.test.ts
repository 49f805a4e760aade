/** What the program hands to the engine. That the engine's provider process accepts it is for the engine's tests. */
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  AuditSubscription,
  type AuditSubscriptionArgs,
} from "../../components/subscription/auditSubscription.ts";
import { AuditSubscriptions } from "../../components/subscription/auditSubscriptions.ts";
import { CLIENT_ID, declare, inventory, only, TENANT_ID } from "./declare.ts";

const TYPE = "pulumi-nodejs:dynamic/defender-siem:AuditSubscription";

class Program extends pulumi.ComponentResource {
  constructor(args: Partial<AuditSubscriptionArgs>) {
    super("test:index:Program", "program");
    const required = { tenantId: TENANT_ID, clientId: CLIENT_ID, contentType: "Audit.General" };
    new AuditSubscription("threats", { ...required, ...args }, { parent: this });
    this.registerOutputs({});
  }
}

async function inputsOf(args: Partial<AuditSubscriptionArgs> = {}) {
  const { resources } = await declare(() => new Program(args));
  return only(resources, TYPE, "threats").inputs;
}

describe("AuditSubscription", () => {
  it("hands over what is declared and no default", async () => {
    const { __provider, ...inputs } = await inputsOf();
    expect(inputs).toEqual({ tenantId: TENANT_ID, clientId: CLIENT_ID, contentType: "Audit.General" });
  });

  it("keeps nothing but the way to its code in state", async () => {
    const text = String((await inputsOf()).__provider);
    expect(text.match(/"defender-siem\/audit-subscription-provider"/g)).toHaveLength(1);
    expect(text.length).toBeLessThan(1000);
    expect(text).not.toMatch(/subscriptions\/|https:/);
  });

  it("keeps the same text whatever is declared, so that no resource differs by it", async () => {
    const one = await inputsOf();
    const other = await inputsOf({ contentType: "DLP.All", onDestroy: "stop" });
    expect(other.__provider).toBe(one.__provider);
  });

  it("keeps a webhook's authId apart and secret, so that the rest of it stays readable", async () => {
    const inputs = await inputsOf({
      webhook: { address: "https://siem.example", authId: "who", expiration: "2099-01-01T00:00:00Z" },
    });
    expect(inputs.webhook).toEqual({ address: "https://siem.example", expiration: "2099-01-01T00:00:00Z" });
    expect(inputs.webhookAuthId).toMatchObject({
      [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig,
    });
  });

  it("hands over no authId when the webhook has none", async () => {
    const inputs = await inputsOf({ webhook: { address: "https://siem.example" } });
    expect(inputs).not.toHaveProperty("webhookAuthId");
  });
});

describe("AuditSubscriptions", () => {
  const args = { tenantId: TENANT_ID, clientId: CLIENT_ID, onDestroy: "stop" } as const;

  it("declares each content type once, in Microsoft's spelling", async () => {
    const { resources, exposed, registered } = await declare(
      () =>
        new AuditSubscriptions("feed", {
          ...args,
          contentTypes: ["audit.general", "DLP.All", "Audit.General"],
        }),
    );
    expect(inventory(resources)).toEqual([`${TYPE} feed-Audit.General`, `${TYPE} feed-DLP.All`]);
    expect(only(resources, TYPE, "feed-DLP.All").inputs).toMatchObject({ ...args, contentType: "DLP.All" });
    expect(exposed).toEqual({
      statuses: { "Audit.General": "enabled", "DLP.All": "enabled" },
      failures: {},
    });
    expect(registered).toEqual(exposed);
  });

  it("refuses what is no content type, with its place in the list", async () => {
    const declaration = declare(
      () => new AuditSubscriptions("feed", { ...args, contentTypes: ["Audit.General", "Audit.Teams"] }),
    );
    await expect(declaration).rejects.toThrow('contentTypes[1]: "Audit.Teams" is not a content type');
  });
});
