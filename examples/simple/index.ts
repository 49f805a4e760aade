import * as pulumi from "@pulumi/pulumi";
import { SiemIntegration, type TrustedPipeline } from "defender-siem";

const config = new pulumi.Config();

const integration = new SiemIntegration("defender", {
  tenantId: config.require("tenantId"),
  location: config.require("location"),
  // Whoever runs this program acts as the application when it starts the subscription.
  trustedPipelines: config.requireObject<Record<string, TrustedPipeline>>("trustedPipelines"),
});

// What the SIEM reads, and the scope on which to grant its identity Storage Blob Data Reader.
export const { eventsUrl, eventsContainerId, subscriptions } = integration;
