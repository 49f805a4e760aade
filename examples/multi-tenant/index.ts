import * as pulumi from "@pulumi/pulumi";
import { type ManagedTenant, ManagedTenants, type TrustedPipeline } from "defender-siem";

const config = new pulumi.Config();

const soc = new ManagedTenants("soc", {
  tenantId: config.require("tenantId"),
  location: config.require("location"),
  // What an administrator of a customer reads when asked for consent.
  displayName: "Contoso SOC",
  // Whoever runs this program acts as the application in every tenant that has consented.
  trustedPipelines: config.requireObject<Record<string, TrustedPipeline>>("trustedPipelines"),
  tenants: config.requireObject<Record<string, ManagedTenant>>("tenants"),
  sinks: { hub: { kind: "eventHubs" } },
});

// For the customers, for whoever looks after them, for the SIEM, and for the stacks of customers that have their own.
export const { consentUrls, failedTenants, subscriptions, eventsUrl, sinks, functionAppName, platform } = soc;
