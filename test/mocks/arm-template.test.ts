import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { CheckovMissingError, type Finding, findingsIn, review } from "../arm/checkov.ts";
import { INTEGRATIONS, templateOf, writeTemplates } from "../arm/integrations.ts";
import { SUPPRESSIONS } from "../arm/suppressions.ts";
import type { ArmBody } from "../arm/template.ts";

/** The bodies that Azure gets, as a template. Whether Azure accepts them is not proved here. */
const MINUTE = 60_000;

function body({ resources }: { resources: ArmBody[] }, type: string): ArmBody {
  return resources.find(resource => resource.type === type)!;
}

describe("the template of an integration", () => {
  it("has bodies in Azure's words, where the SDK has others", async () => {
    const template = await templateOf(INTEGRATIONS.full!);
    expect(body(template, "Microsoft.Storage/storageAccounts")).toMatchObject({
      apiVersion: "2024-01-01",
      kind: "StorageV2",
      sku: { name: "Standard_ZRS" },
      properties: { supportsHttpsTrafficOnly: true, networkAcls: { bypass: "AzureServices" } },
    });
    expect(body(template, "Microsoft.Insights/components")).toMatchObject({
      properties: { Application_Type: "web", DisableLocalAuth: true },
    });
    expect(body(template, "Microsoft.Web/sites").identity).toEqual({
      type: "UserAssigned",
      userAssignedIdentities: { "/mock/defender-identity": {} },
    });
    expect(body(template, "Microsoft.OperationalInsights/workspaces")).toMatchObject({
      properties: { sku: { name: "PerGB2018" } },
    });
    expect(body(template, "Microsoft.KeyVault/vaults")).toMatchObject({
      properties: { enableRbacAuthorization: true },
    });
    expect(body(template, "Microsoft.EventHub/namespaces/eventhubs").name).toMatch(/^[^/]+\/defender$/);
  });
});

describe("checkov", () => {
  const { check, type } = SUPPRESSIONS[0]!;
  const finding: Finding = { check, type, integration: "default", title: "", resource: type };

  it(
    "leaves nothing open in the templates, and needs every suppression",
    async ({ skip }) => {
      const folder = await mkdtemp(path.join(tmpdir(), "arm-"));
      try {
        await writeTemplates(folder);
        expect(review(await findingsIn(folder))).toEqual({ open: [], needless: [] });
      } catch (error) {
        // Nobody needs Python to work on this; `npm run arm -- --check` is for where it must not be left out.
        if (error instanceof CheckovMissingError) skip(error.message);
        throw error;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    7 * MINUTE,
  );

  it("fails for what is accepted nowhere, of another resource or of another integration", () => {
    for (const other of [
      { check: "CKV_AZURE_1" },
      { type: "Microsoft.Web/sites" },
      { integration: "full" },
    ]) {
      expect(review([{ ...finding, ...other }]).open).toHaveLength(1);
    }
  });

  it("fails for a suppression that is needed no more", () => {
    expect(review([finding]).needless).toEqual(SUPPRESSIONS.slice(1));
  });

  it("is answered with a reason every time", () => {
    for (const { reason } of SUPPRESSIONS) expect(reason.length).toBeGreaterThan(40);
  });
});
