import type { EnumSpec, ObjectSpec, ResourceSpec } from "./specs.ts";

type Types = Record<string, ObjectSpec | EnumSpec>;

/**
 * Where the classes of the npm package hand other properties to their provider than their arguments, the schema has the
 * provider's: programs in other languages speak to it directly.
 */
export function alignWithProvider(resources: Record<string, ResourceSpec>, types: Types): void {
  splitWebhook(resources["defender-siem:index:AuditSubscription"]!, types);
  nameSubscription(resources["defender-siem:index:DeployerPrerequisites"]!);
}

/** A secret hides all of the property that it is in, and the drift of a webhook should be readable. */
function splitWebhook(subscription: ResourceSpec, types: Types): void {
  const webhook = types["defender-siem:index:WantedWebhook"] as ObjectSpec;
  const { authId, ...others } = webhook.properties;
  webhook.properties = others;
  subscription.inputProperties.webhookAuthId = authId!;
}

/** The class finds it out itself. */
function nameSubscription(prerequisites: ResourceSpec): void {
  prerequisites.inputProperties.subscriptionId = {
    type: "string",
    description: "Id (a GUID) of the Azure subscription that is deployed to.",
  };
  prerequisites.requiredInputs.push("subscriptionId");
}
