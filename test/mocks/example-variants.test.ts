/** What the READMEs of the examples say to write in place of something else: each declares what is said there. */
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { AppRegistration, SiemIntegration } from "../../components/index.ts";
import { type Declared, declare, only, SUBSCRIPTION_ID, TENANT_ID } from "./declare.ts";

/** The arguments in the only TypeScript of an example's README. */
function argumentsIn(example: string, context: Record<string, unknown> = {}): Record<string, unknown> {
  const readme = readFileSync(new URL(`../../examples/${example}/README.md`, import.meta.url), "utf8");
  const [[, code] = []] = readme.matchAll(/^```ts\n(.*?)^```$/gms);
  return runInNewContext(`({${code}})`, context);
}

function integrate(args: Record<string, unknown>) {
  const required = { tenantId: TENANT_ID, location: "westeurope" };
  return declare(() => new SiemIntegration("defender", { ...required, ...args }));
}

function has(resources: Declared[], type: string): boolean {
  return resources.some(resource => resource.type === type);
}

describe("The variant in the README of", () => {
  it("simple, from one's own machine, needs no application and no pipeline", async () => {
    const { resources } = await integrate(argumentsIn("simple"));
    expect(has(resources, "azuread:index/application:Application")).toBe(false);
    expect(has(resources, "azuread:index/appRoleAssignment:AppRoleAssignment")).toBe(true);
    expect(has(resources, "pulumi-nodejs:dynamic/defender-siem:AuditSubscription")).toBe(false);
  });

  it("sentinel, with a workspace that is there, puts one table into it", async () => {
    const elided = JSON.stringify(argumentsIn("sentinel"));
    const group = `${SUBSCRIPTION_ID}/resourceGroups/soc/providers/Microsoft.OperationalInsights`;
    const { resources } = await integrate(JSON.parse(elided.replace("…", group)));
    expect(only(resources, "azure-native:operationalinsights:Table").inputs).toMatchObject({
      resourceGroupName: "soc",
      workspaceName: "soc",
    });
    expect(only(resources, "azure-native:monitor:DataCollectionRule").inputs.location).toBe("westeurope");
  });

  it("subscription-only, for a collector with a certificate, adds it to the application", async () => {
    const args = argumentsIn("subscription-only", { certificate: "MIIB" });
    const { resources } = await declare(
      () => new AppRegistration("collector", { tenantId: TENANT_ID, ...args }),
    );
    expect(
      only(resources, "azuread:index/applicationCertificate:ApplicationCertificate").inputs,
    ).toMatchObject({ encoding: "base64", endDate: "2027-11-30T00:00:00Z" });
  });
});
