import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import { ShimmedResource } from "../pulumi/shimmedResource.ts";

export interface FunctionPackageArgs {
  /** Resource id of the function app. A replaced app gets its code again. */
  functionAppId: pulumi.Input<string>;
  /** Host name of the app's publishing (SCM) site: among its `hostNameSslStates` the one of type Repository. */
  scmHostName: pulumi.Input<string>;
  /** Zip with host.json at its root, relative to the folder of Pulumi.yaml. A move alone is no change. */
  packagePath: pulumi.Input<string>;
  /** SHA-256 of the zip in hexadecimal digits. Another one publishes the code again. */
  contentHash: pulumi.Input<string>;
  /** Tenant id (a GUID) of the Azure subscription, which the deployer gets its token from. */
  tenantId: pulumi.Input<string>;
  /** Microsoft cloud of the function app: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
  /** Names of the functions that the app must have once the code is there. Defaults to none, which checks nothing. */
  functions?: pulumi.Input<pulumi.Input<string>[]>;
  /** Azure Resource Manager instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  resourceManagerUrl?: pulumi.Input<string>;
  /** Minutes from the upload until the app must have taken the code over, from 1 to 120. Defaults to 10. */
  publishTimeoutMinutes?: pulumi.Input<number>;
}

/**
 * The code of a function app on Flex Consumption, published with the deployer's bearer token: no storage key, no
 * publishing password. The deployer needs `Microsoft.Web/sites/publish/Action` on the app, and `functions/read` where
 * functions are expected, which Website Contributor and Contributor hold, and its client id in ARM_CLIENT_ID or AZURE_CLIENT_ID, or a login of the Azure CLI.
 *
 * A deployment by somebody else shows as drift of `contentHash` in a refresh, and `pulumi up --refresh` publishes this
 * code again. A destroy leaves the code: it goes with the app.
 *
 * ```ts
 * new FunctionPackage("code", { functionAppId: app.id, scmHostName, packagePath: "dist/poller.zip", contentHash, tenantId });
 * ```
 */
export class FunctionPackage extends ShimmedResource {
  /** SHA-256 of the published zip in hexadecimal digits. */
  declare readonly contentHash: pulumi.Output<string>;
  /** Id that the publishing site gave the deployment. */
  declare readonly deploymentId: pulumi.Output<string>;

  constructor(name: string, args: FunctionPackageArgs, opts?: pulumi.CustomResourceOptions) {
    // Undefined: the provider's answer fills it in.
    super("FunctionPackage", "function-package-provider", name, { deploymentId: undefined, ...args }, opts);
  }
}
