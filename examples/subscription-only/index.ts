import * as pulumi from "@pulumi/pulumi";
import { AppRegistration, AuditSubscriptions, type TrustedPipeline } from "defender-siem";

const config = new pulumi.Config();
const tenantId = config.require("tenantId");

// Who starts a subscription is who reads it: this application is the collector's.
const application = new AppRegistration("collector", {
  tenantId,
  trustedPipelines: config.requireObject<Record<string, TrustedPipeline>>("trustedPipelines"),
});

const feed = new AuditSubscriptions(
  "collector",
  {
    tenantId,
    clientId: application.clientId,
    contentTypes: config.requireObject<string[]>("contentTypes"),
    // Entra takes minutes to spread a new grant: refusals until then are waited out.
    grantId: application.grantIds.apply(ids => ids.join(",")),
  },
  // Nobody can act as the application before it trusts this pipeline.
  { dependsOn: application },
);

// What the collector is configured with, besides a secret that only it knows.
export { tenantId };
export const clientId = application.clientId;
export const subscriptions = feed.statuses;
