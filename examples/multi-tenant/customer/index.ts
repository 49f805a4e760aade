import * as pulumi from "@pulumi/pulumi";
import { type ManagedTenant, ManagedTenants } from "defender-siem";

const config = new pulumi.Config();
const provider = new pulumi.StackReference(config.require("platform"));
const name = config.require("name");

const customer = new ManagedTenants(name, {
  tenantId: config.require("tenantId"),
  location: config.require("location"),
  // Application, identity, event store and event hub are the provider's; the poller and its alerts are this stack's.
  platform: provider.requireOutput("platform"),
  tenants: { [name]: config.requireObject<ManagedTenant>("customer") },
});

export const { consentUrls, failedTenants, subscriptions, functionAppName } = customer;
