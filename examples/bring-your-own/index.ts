import {
  type GetUserAssignedIdentityArgs,
  getUserAssignedIdentityOutput,
} from "@pulumi/azure-native/managedidentity/getUserAssignedIdentity.js";
import {
  type GetStorageAccountArgs,
  getStorageAccountOutput,
} from "@pulumi/azure-native/storage/getStorageAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { type ExistingApplication, SiemIntegration } from "defender-siem";

const config = new pulumi.Config();

// Looked up and never adopted: what belongs to another team is neither changed nor deleted from here.
const storage = getStorageAccountOutput(config.requireObject<GetStorageAccountArgs>("storageAccount"));
const identity = getUserAssignedIdentityOutput(config.requireObject<GetUserAssignedIdentityArgs>("identity"));

const integration = new SiemIntegration("defender", {
  tenantId: config.require("tenantId"),
  location: config.require("location"),
  resourceGroup: { name: config.require("resourceGroupName") },
  eventStorage: { id: storage.id, blobEndpoint: storage.primaryEndpoints.blob },
  identity: { id: identity.id, clientId: identity.clientId, principalId: identity.principalId },
  application: config.requireObject<ExistingApplication>("application"),
  // An administrator has consented when the application was registered, so the deployer needs no right in Entra.
  adminConsent: "manual",
});

// What the application's owner may still have to run, word for word.
export const { eventsUrl, eventsContainerId, subscriptions, manualSteps } = integration;
