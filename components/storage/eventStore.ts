import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
import type { BlobServiceProperties } from "@pulumi/azure-native/storage/blobServiceProperties.js";
import { ManagementPolicy } from "@pulumi/azure-native/storage/managementPolicy.js";
import type { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import * as pulumi from "@pulumi/pulumi";
import {
  addressIn,
  type ExistingStorageAccount,
  existing,
  parseBlobEndpoint,
  resourceIdOf,
  STORAGE_ACCOUNT,
} from "../azure/existingResources.ts";
import { nameOwner } from "../azure/nameOwner.ts";
import { storageAccountName } from "../azure/naming.ts";
import { givenName, type ResourceNames } from "../azure/resourceNames.ts";
import { createBlobEndpoint } from "../network/privateEndpoint.ts";
import type { PrivateNetworkParts } from "../network/privateNetwork.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { checked, parseOrRefuse, wholeNumberBetween } from "../pulumi/validation.ts";
import { createHardenedStorageAccount } from "./hardenedStorageAccount.ts";

export interface EventStoreArgs {
  /** Resource group that holds the storage account. */
  resourceGroupName: pulumi.Input<string>;
  /** Azure region. Defaults to the region of the resource group. */
  location?: pulumi.Input<string>;
  /** How many days events are kept, from 8 to 3650; in an existing account its owner decides. Defaults to 365. */
  retentionDays?: pulumi.Input<number>;
  /** Existing storage account to put the containers into; it stays as it is. Defaults to a new one. */
  eventStorage?: ExistingStorageAccount;
  /** Network from which alone a new account is reached: a `PrivateNetwork`. Defaults to none: open to Entra identities. */
  privateNetwork?: PrivateNetworkParts;
  /** Names to give instead of derived ones. Defaults to none. */
  names?: ResourceNames;
  /** Tags of the storage account. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The days that the Management Activity API can list again, and one more: what lives shorter may be fetched twice. */
const SHORTEST_RETENTION_DAYS = 8;
const LONGEST_RETENTION_DAYS = 3650;
const DEFAULT_RETENTION_DAYS = 365;

/**
 * Where events land: a hardened storage account with one container for events, which a SIEM may read, and one for the
 * poller's ledger, which only the poller uses.
 *
 * ```ts
 * const store = new EventStore("defender", { resourceGroupName: group.name, retentionDays: 180 });
 * ```
 */
export class EventStore extends pulumi.ComponentResource {
  /** Name of the storage account. */
  readonly accountName: pulumi.Output<string>;
  /** Resource id of the storage account. */
  readonly accountId: pulumi.Output<string>;
  /** URL of the container of events, for the SIEM's input. */
  readonly eventsUrl: pulumi.Output<string>;
  /** Resource id of the container of events: the scope on which to grant a SIEM Storage Blob Data Reader. */
  readonly eventsContainerId: pulumi.Output<string>;
  /** URL of the container of the ledger. */
  readonly ledgerUrl: pulumi.Output<string>;
  /** Resource id of the container of the ledger. */
  readonly ledgerContainerId: pulumi.Output<string>;

  constructor(name: string, args: EventStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:EventStore", name, componentInputs(args), opts);
    const given = existing(this, "eventStorage", args.eventStorage, STORAGE_ACCOUNT);
    const account = given ? existingAccount(given, this) : createAccount(name, args, this);
    const events = createContainer(`${name}-events`, "events", account, this);
    const ledger = createContainer(`${name}-ledger`, "ledger", account, this);

    this.accountName = account.name;
    this.accountId = account.id;
    this.eventsUrl = containerUrl(account, events);
    this.eventsContainerId = events.id;
    this.ledgerUrl = containerUrl(account, ledger);
    this.ledgerContainerId = ledger.id;
    this.registerOutputs({
      accountName: this.accountName,
      accountId: this.accountId,
      eventsUrl: this.eventsUrl,
      eventsContainerId: this.eventsContainerId,
      ledgerUrl: this.ledgerUrl,
      ledgerContainerId: this.ledgerContainerId,
    });
  }
}

/** The account of the events, whether it was declared here or was there before. */
interface Account {
  id: pulumi.Output<string>;
  name: pulumi.Output<string>;
  resourceGroupName: pulumi.Input<string>;
  /** With the slash at its end. */
  blobEndpoint: pulumi.Output<string>;
}

function createAccount(name: string, args: EventStoreArgs, parent: EventStore): Account {
  const accountName = givenName(parent, args.names, "eventStorage");
  const derivedName = nameOwner(name, parent).apply(owner => storageAccountName(owner, "events"));
  const { resourceGroupName, location, tags, privateNetwork: network } = args;
  const { account, blobService } = createHardenedStorageAccount(
    name,
    {
      accountName,
      derivedName,
      resourceGroupName,
      location,
      tags,
      keepVersions: true,
      isPrivate: network !== undefined,
    },
    { parent },
  );
  expireOldEvents(`${name}-lifecycle`, account, blobService, args, parent);
  if (network) createBlobEndpoint(name, { account, network, resourceGroupName, location, tags }, { parent });
  return {
    id: account.id,
    name: account.name,
    resourceGroupName,
    blobEndpoint: account.primaryEndpoints.blob,
  };
}

/** Soft delete, lifecycle and firewall are rules of the whole account, so that they stay its owner's. */
function existingAccount(given: ExistingStorageAccount, parent: EventStore): Account {
  const id = checked(parent, "eventStorage.id", given.id, resourceIdOf("Microsoft.Storage/storageAccounts"));
  const address = pulumi
    .all([id, getClientConfigOutput({ parent })])
    .apply(([accountId, { subscriptionId }]) =>
      parseOrRefuse(parent, "eventStorage.id", accountId, value => addressIn(subscriptionId, value)),
    );
  return {
    id,
    name: address.apply(({ name }) => name),
    resourceGroupName: address.apply(({ resourceGroupName }) => resourceGroupName),
    blobEndpoint: checked(parent, "eventStorage.blobEndpoint", given.blobEndpoint, parseBlobEndpoint),
  };
}

function createContainer(name: string, containerName: string, account: Account, parent: EventStore) {
  return new BlobContainer(
    name,
    {
      accountName: account.name,
      resourceGroupName: account.resourceGroupName,
      containerName,
      publicAccess: "None",
    },
    { parent },
  );
}

/** Only events expire by age. The ledger is overwritten in place, and old versions of both go after the soft delete. */
function expireOldEvents(
  name: string,
  account: StorageAccount,
  blobService: BlobServiceProperties,
  args: EventStoreArgs,
  parent: EventStore,
) {
  const retentionDays = checked(
    parent,
    "retentionDays",
    args.retentionDays ?? DEFAULT_RETENTION_DAYS,
    wholeNumberBetween(
      SHORTEST_RETENTION_DAYS,
      LONGEST_RETENTION_DAYS,
      "days",
      "The service lists content for seven days, so events must be kept longer than that.",
    ),
  );
  return new ManagementPolicy(
    name,
    {
      accountName: account.name,
      resourceGroupName: args.resourceGroupName,
      managementPolicyName: "default",
      policy: {
        rules: [
          {
            name: "expire-events",
            enabled: true,
            type: "Lifecycle",
            definition: {
              filters: { blobTypes: ["blockBlob"], prefixMatch: ["events/"] },
              actions: {
                baseBlob: {
                  tierToCool: { daysAfterModificationGreaterThan: 30 },
                  delete: { daysAfterModificationGreaterThan: retentionDays },
                },
              },
            },
          },
          {
            name: "expire-versions",
            enabled: true,
            type: "Lifecycle",
            definition: {
              filters: { blobTypes: ["blockBlob"] },
              actions: { version: { delete: { daysAfterCreationGreaterThan: SHORTEST_RETENTION_DAYS } } },
            },
          },
        ],
      },
    },
    // The rule about versions is about nothing before the blob service keeps them.
    { parent, dependsOn: [blobService] },
  );
}

function containerUrl(account: Account, container: BlobContainer) {
  return pulumi.interpolate`${account.blobEndpoint}${container.name}`;
}
