import { AzureError } from "../azureError.ts";
import type { ResourceType } from "../resourceType.ts";

export const resourceGroup: ResourceType = {
  token: "azure-native:resources:ResourceGroup",
  apiVersion: "2024-03-01",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}",
  createOnly: ["location"],
  limits: { resourceGroupName: { minLength: 1, maxLength: 90 } },
  location: "regional",
  outputs: ["properties"],
  refuse({ name }) {
    if (/^[-\p{L}\p{N}._()]*[-\p{L}\p{N}_()]$/u.test(name)) return;
    throw new AzureError(
      400,
      "InvalidResourceGroup",
      `The provided resource group name '${name}' has these invalid characters: '${invalidCharacters(name)}'. The name ` +
        "can only be a letter, digit, '-', '.', '(', ')' or '_', and cannot end with a period.",
    );
  },
  created: () => ({ properties: { provisioningState: "Succeeded" } }),
};

function invalidCharacters(name: string): string {
  return [...new Set(name.match(/[^-\p{L}\p{N}._()]/gu) ?? ["."])].join("");
}
