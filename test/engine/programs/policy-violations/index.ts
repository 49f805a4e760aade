import { Component } from "@pulumi/azure-native/applicationinsights/component.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import { Application } from "@pulumi/azuread/application.js";
import { ApplicationPassword } from "@pulumi/azuread/applicationPassword.js";
import * as pulumi from "@pulumi/pulumi";
import { EventStore, Poller } from "defender-siem";

// Each violation once, beside what the policies must leave alone.
const config = new pulumi.Config();
const group = new ResourceGroup("group", { location: "westeurope" });
const resourceGroupName = group.name;

if (config.requireBoolean("pollerOnly")) declareLonelyPoller();
else declareKeysAndSecrets();

function declareLonelyPoller() {
  new Poller("lonely", {
    resourceGroupName,
    tenantId: config.require("tenantId"),
    clientId: "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88",
    store: new EventStore("lonely", { resourceGroupName }),
    authorityUrl: config.require("authorityUrl"),
    resourceManagerUrl: config.require("resourceManagerUrl"),
  });
}

function declareKeysAndSecrets() {
  new StorageAccount("keyed", {
    accountName: "keyed0123456789",
    resourceGroupName,
    kind: "StorageV2",
    sku: { name: "Standard_LRS" },
  });
  new Workspace("signed", { resourceGroupName, sku: { name: "PerGB2018" } });
  new Component("instrumented", { resourceGroupName, kind: "web", applicationType: "web" });

  const reader = new Application("reader", {
    displayName: "reader",
    requiredResourceAccesses: [
      {
        resourceAppId: "c5393580-f805-4401-95e8-94b7a6ef2fc2",
        resourceAccesses: [
          { id: "594c1fb6-4f81-4475-ae41-0c394909246c", type: "Role" },
          // ServiceHealth.Read
          { id: "e2cea78f-e743-4d8f-a16a-75b629a038ae", type: "Role" },
        ],
      },
      // Microsoft Graph, Mail.Read
      {
        resourceAppId: "00000003-0000-0000-c000-000000000000",
        resourceAccesses: [{ id: "810c84a8-4a9e-49e6-bf7d-12d183f40d01", type: "Role" }],
      },
    ],
  });
  new ApplicationPassword("reader-secret", { applicationId: reader.id });

  const other = new Application("other", { displayName: "other" });
  new ApplicationPassword("other-secret", { applicationId: other.id });
}
