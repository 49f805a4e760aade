import * as pulumi from "@pulumi/pulumi";
import { SiemIntegration, type TrustedPipeline } from "defender-siem";

const config = new pulumi.Config();

const integration = new SiemIntegration("defender", {
  tenantId: config.require("tenantId"),
  location: config.require("location"),
  trustedPipelines: config.requireObject<Record<string, TrustedPipeline>>("trustedPipelines"),
  sinks: {
    splunk: {
      kind: "splunkHec",
      url: config.require("splunkUrl"),
      index: config.require("splunkIndex"),
    },
  },
  // The one secret: encrypted in the configuration and the state, and kept for the poller in a key vault.
  sinkTokens: { splunk: config.requireSecret("splunkToken") },
});

// Events land in the store as well, from which Splunk catches up after it was down.
export const { eventsUrl, subscriptions, sinks } = integration;
