import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { createWorkspace, type WorkspaceArgs } from "../../components/monitoring/workspace.ts";
import { declare, only } from "./declare.ts";

async function workspace(args: Partial<WorkspaceArgs> = {}) {
  const { resources } = await declare(() => {
    const parent = new pulumi.ComponentResource("test:index:Parent", "parent");
    const inGroup = { resourceGroupName: "group", location: "westeurope" };
    createWorkspace("defender-logs", { ...inGroup, ...args }, { parent });
    return parent;
  });
  return only(resources, "azure-native:operationalinsights:Workspace").inputs;
}

describe("the workspace of an integration", () => {
  it("takes nothing but Entra tokens, and shows a reader of a resource that resource's logs only", async () => {
    expect(await workspace()).toEqual({
      resourceGroupName: "group",
      location: "westeurope",
      sku: { name: "PerGB2018" },
      retentionInDays: 90,
      workspaceCapping: { dailyQuotaGb: -1 },
      features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
      publicNetworkAccessForIngestion: "Enabled",
      publicNetworkAccessForQuery: "Enabled",
    });
  });

  it("drops nothing unless a daily limit is wanted", async () => {
    expect(await workspace({ dailyQuotaGb: 5 })).toMatchObject({ workspaceCapping: { dailyQuotaGb: 5 } });
  });
});
