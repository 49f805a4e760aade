import * as pulumi from "@pulumi/pulumi";
import { type Cloud, SiemIntegration, type TrustedPipeline } from "defender-siem";

const config = new pulumi.Config();

const integration = new SiemIntegration("defender", {
  tenantId: config.require("tenantId"),
  location: config.require("location"),
  // Decides every host and audience: the Management Activity API, Entra's login, tokens of pipelines, storage.
  cloud: config.require<Cloud>("cloud"),
  trustedPipelines: config.requireObject<Record<string, TrustedPipeline>>("trustedPipelines"),
});

export const { eventsUrl, eventsContainerId, subscriptions } = integration;
