import type { PolicyResource, ResourceValidationPolicy } from "@pulumi/policy";
import { isAzureType } from "./azureTypes.ts";

interface KeyRule {
  type: string;
  /** What the resource must say, and how a reader finds it. */
  wanted: string;
  holds(props: PolicyResource["props"]): boolean;
}

/** Each of these takes keys, or signatures made with them, unless it is told not to. */
const KEY_RULES: readonly KeyRule[] = [
  {
    type: "storage:StorageAccount",
    wanted: "allowSharedKeyAccess: false",
    holds: props => props.allowSharedKeyAccess === false,
  },
  {
    type: "eventhub:Namespace",
    wanted: "disableLocalAuth: true",
    holds: props => props.disableLocalAuth === true,
  },
  {
    type: "applicationinsights:Component",
    wanted: "disableLocalAuth: true",
    holds: props => props.disableLocalAuth === true,
  },
  {
    type: "operationalinsights:Workspace",
    wanted: "features.disableLocalAuth: true",
    holds: props => props.features?.disableLocalAuth === true,
  },
  {
    type: "keyvault:Vault",
    wanted: "properties.enableRbacAuthorization: true",
    holds: props => props.properties?.enableRbacAuthorization === true,
  },
];

/** Rules whose only purpose is a key. */
const KEYS_THEMSELVES = [
  "eventhub:NamespaceAuthorizationRule",
  "eventhub:EventHubAuthorizationRule",
] as const;

export const noSharedKeys: ResourceValidationPolicy = {
  name: "no-shared-keys",
  description: "Storage, Event Hubs, Key Vault and telemetry are open to Entra identities only.",
  validateResource({ type, props }, reportViolation) {
    for (const rule of KEY_RULES)
      if (isAzureType(type, rule.type) && !rule.holds(props))
        reportViolation(`It takes shared keys or access policies. Set ${rule.wanted}.`);
    if (KEYS_THEMSELVES.some(key => isAzureType(type, key)))
      reportViolation(
        "It creates a key. Grant Azure Event Hubs Data Sender or Data Receiver to an identity instead.",
      );
  },
};
