import { isObject, omit, type Properties } from "../../local/azure/properties.ts";
import { lastSegment, pathInputs, resourceId } from "../../local/azure/resourceId.ts";
import { resourceTypeOf } from "../../local/azure/resourceTypes/index.ts";
import { type Declared, SUBSCRIPTION_ID } from "../mocks/declare.ts";

/** A deployment template of Azure Resource Manager, as far as tools look at it that check resources. */
export interface ArmTemplate {
  $schema: string;
  contentVersion: string;
  resources: ArmBody[];
}

export interface ArmBody extends Properties {
  type: string;
  apiVersion: string;
  name: string;
}

/** What a body has beside its `properties`. https://learn.microsoft.com/azure/azure-resource-manager/templates/resource-declaration */
const BESIDE_PROPERTIES = ["location", "tags", "kind", "sku", "identity", "zones", "extendedLocation"];

/** The sku of these is one of their properties. */
const SKU_IN_PROPERTIES = ["azure-native:operationalinsights:Workspace"];

/** What the SDK calls otherwise than Azure, by the type that has it. */
const RENAMED: Record<string, Record<string, string>> = {
  "azure-native:storage:StorageAccount": {
    enableHttpsTrafficOnly: "supportsHttpsTrafficOnly",
    networkRuleSet: "networkAcls",
  },
  "azure-native:applicationinsights:Component": {
    applicationType: "Application_Type",
    disableLocalAuth: "DisableLocalAuth",
    flowType: "Flow_Type",
    requestSource: "Request_Source",
  },
};

/** The resources of Azure among those that a program declared, with their bodies as Azure gets them. */
export function armTemplate(declared: readonly Declared[]): ArmTemplate {
  return {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    contentVersion: "1.0.0.0",
    resources: declared.filter(({ type }) => type.startsWith("azure-native:")).map(armBody),
  };
}

function armBody({ type: token, name, inputs }: Declared): ArmBody {
  const type = resourceTypeOf(token);
  const parameters = pathInputs(type.path);
  // Names that the program leaves to the provider begin with that of the program.
  const named = { [parameters.at(-1) ?? ""]: name, ...inputs, subscriptionId: SUBSCRIPTION_ID };
  const beside = BESIDE_PROPERTIES.filter(key => key !== "sku" || !SKU_IN_PROPERTIES.includes(token));
  const body = Object.entries(omit(inputs, parameters)).filter(([, value]) => value !== undefined);
  const renamed = body.map(([key, value]) => [RENAMED[token]?.[key] ?? key, armValue(value)] as const);
  const given = Object.fromEntries(renamed);
  const flattened = Object.fromEntries(renamed.filter(([key]) => ![...beside, "properties"].includes(key)));
  return {
    ...typeAndName(resourceId(type.path, named)),
    apiVersion: type.apiVersion,
    ...Object.fromEntries(beside.flatMap(key => (key in given ? [[key, given[key]]] : []))),
    properties: isObject(given.properties) ? given.properties : flattened,
  };
}

/** `Microsoft.EventHub/namespaces/eventhubs` and `contoso/defender`; a resource upon another has its scope in between. */
function typeAndName(id: string): { type: string; name: string; scope?: string } {
  const start = id.lastIndexOf("/providers/");
  if (start < 0) return { type: "Microsoft.Resources/resourceGroups", name: lastSegment(id) };
  const [namespace, ...segments] = id.slice(start + "/providers/".length).split("/");
  const scope = id.slice(0, start);
  return {
    type: [namespace, ...segments.filter((_, index) => index % 2 === 0)].join("/"),
    name: segments.filter((_, index) => index % 2 === 1).join("/"),
    ...(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(scope) ? {} : { scope }),
  };
}

/** How Pulumi marks a secret on its way to the engine, with the value beside it. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** In all depths, secrets as plain values, `odata.type`, and identities as the keys of an object rather than as a list. */
function armValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(armValue);
  if (!isObject(value)) return value;
  if (SECRET_MARK in value) return armValue(value.value);
  const entries = Object.entries(value).map(([key, item]) => {
    if (key === "userAssignedIdentities" && Array.isArray(item)) {
      return [key, Object.fromEntries(item.map(id => [id, {}]))];
    }
    return [key === "odataType" ? "odata.type" : key, armValue(item)];
  });
  return Object.fromEntries(entries);
}
