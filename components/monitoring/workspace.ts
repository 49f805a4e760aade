import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import * as pulumi from "@pulumi/pulumi";
import { addressIn, resourceIdOf } from "../azure/existingResources.ts";
import { checked } from "../pulumi/validation.ts";

export interface WorkspaceArgs {
  /** Defaults to a generated name. */
  workspaceName?: pulumi.Input<string>;
  resourceGroupName: pulumi.Input<string>;
  location?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * Gigabytes a day after which Azure drops what arrives until the next day. Defaults to no limit: what is dropped is
   * lost, so that only a workspace into which no events go may have one.
   */
  dailyQuotaGb?: pulumi.Input<number>;
}

/** What Application Insights and Microsoft Sentinel keep at no charge of their own. */
const RETENTION_DAYS = 90;

/** What Azure takes for no limit; left out, an earlier limit would stay. */
const NO_QUOTA = -1;

/**
 * The Log Analytics workspace of an integration: its telemetry, and its events when a sink wants them there. Only Entra
 * identities write into it, and whoever may read a resource may read the logs of that resource.
 */
export function createWorkspace(
  name: string,
  args: WorkspaceArgs,
  opts: pulumi.CustomResourceOptions,
): Workspace {
  return new Workspace(
    name,
    {
      workspaceName: args.workspaceName,
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      sku: { name: "PerGB2018" },
      retentionInDays: RETENTION_DAYS,
      workspaceCapping: { dailyQuotaGb: args.dailyQuotaGb ?? NO_QUOTA },
      // No workspace key: agents and the old Data Collector API, which sign with it, are kept out.
      features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
      publicNetworkAccessForIngestion: "Enabled",
      publicNetworkAccessForQuery: "Enabled",
    },
    opts,
  );
}

/** A Log Analytics workspace that something is put into: one that exists, or one that is declared here. */
export interface ExistingWorkspace {
  /** Resource id of the workspace, in the subscription that is deployed to. */
  id: pulumi.Input<string>;
  /** Azure region of the workspace. Defaults to the region of the other resources. */
  location?: pulumi.Input<string>;
}

/** The same, as resources inside the workspace and beside it have to name it. */
export interface LocatedWorkspace {
  id: pulumi.Output<string>;
  resourceGroupName: pulumi.Output<string>;
  name: pulumi.Output<string>;
  location: pulumi.Input<string> | undefined;
}

const parseWorkspaceId = resourceIdOf("Microsoft.OperationalInsights/workspaces");

/** A workspace that cannot be meant is refused as soon as its id is known. */
export function locateWorkspace(
  argument: string,
  workspace: ExistingWorkspace,
  { parent, location }: { parent: pulumi.Resource; location?: pulumi.Input<string> },
): LocatedWorkspace {
  const { subscriptionId } = getClientConfigOutput({ parent });
  // A plain id is refused before anything is declared; its subscription once Azure has told the deployment's own.
  const id = checked(parent, `${argument}.id`, workspace.id, parseWorkspaceId);
  const address = checked(parent, `${argument}.id`, pulumi.all([subscriptionId, id]), ([own, known]) =>
    addressIn(own, known),
  );
  return {
    id,
    resourceGroupName: address.resourceGroupName,
    name: address.name,
    location: workspace.location ?? location,
  };
}
