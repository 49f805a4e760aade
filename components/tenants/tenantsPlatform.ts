import * as pulumi from "@pulumi/pulumi";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import type { PollerStore } from "../poller/pollerArgs.ts";

/** What the stacks of customers share: the output `platform` of the `ManagedTenants` that keeps it. Nothing of it is a secret. */
export interface TenantsPlatform {
  /** Client id of the application that the customers consent to. */
  clientId: pulumi.Input<string>;
  /** Identity of all pollers, which the application trusts. */
  identity: ManagedIdentity;
  /** Where events of all customers land, which that identity may write to. */
  store: PollerStore;
  /** Application settings of the sinks, which that identity may send to. */
  sinkSettings: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** What is shared, with each part as a value of its own: from another stack it comes as a whole. */
export interface UsedPlatform {
  clientId: pulumi.Output<string>;
  identity: ManagedIdentity;
  store: PollerStore;
  sinkSettings: pulumi.Output<Record<string, string>>;
}

export function usePlatform(platform: pulumi.Input<TenantsPlatform>): UsedPlatform {
  const given = pulumi.output(platform);
  const { identity, store } = given;
  return {
    clientId: given.clientId,
    identity: { id: identity.id, clientId: identity.clientId, principalId: identity.principalId },
    store: {
      eventsUrl: store.eventsUrl,
      eventsContainerId: store.eventsContainerId,
      ledgerUrl: store.ledgerUrl,
      ledgerContainerId: store.ledgerContainerId,
      isGranted: true,
    },
    sinkSettings: given.sinkSettings as pulumi.Output<Record<string, string>>,
  };
}
