import * as pulumi from "@pulumi/pulumi";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** A resource as the program declares it to the engine, after the SDK has added its defaults. */
export interface Declared {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export const TENANT_ID = "11111111-2222-4333-8444-555555555555";
export const CLIENT_ID = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
export const IDENTITY_CLIENT_ID = "0b0b0b0b-0000-4000-8000-000000000004";
export const DEPLOYER_OBJECT_ID = "0d0d0d0d-0000-4000-8000-000000000001";
export const MANAGEMENT_APIS_OBJECT_ID = "0d0d0d0d-0000-4000-8000-000000000002";
export const CONNECTION_STRING =
  "InstrumentationKey=22222222-3333-4444-8555-666666666666;IngestionEndpoint=https://westeurope-1.in.applicationinsights.azure.com/";
export const SUBSCRIPTION_ID = "0a0a0a0a-0000-4000-8000-000000000003";

/** A program under mocks: what it declared, and what the component that it returned exposes and registered. */
export interface Declaration<T> {
  resources: Declared[];
  /** Of every resource and component, with the type of its parent. */
  urns: string[];
  /** The component's outputs, resolved. */
  exposed: Resolved<T>;
  /** What the component passed to `registerOutputs`. */
  registered: unknown;
}

/**
 * Runs a program under Pulumi's mocks.
 *
 * Mocks prove which resources are constructed with which inputs. They prove nothing about the engine (aliases, order,
 * refresh) and nothing about what Azure accepts; the engine tier does.
 */
export async function declare<T extends pulumi.Resource>(
  program: () => T,
  stackName = "test",
): Promise<Declaration<T>> {
  const resources: Declared[] = [];
  await pulumi.runtime.setMocks(
    {
      ...azureMocks,
      newResource: given => {
        const { type, name, inputs, custom } = given;
        if (custom !== false) resources.push({ type, name, inputs });
        return azureMocks.newResource(given);
      },
    },
    "defender-siem",
    stackName,
  );
  try {
    const component = program();
    const exposed = await resolveOutputs(component);
    const urn = await resolve(component.urn);
    const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
    await pulumi.runtime.disconnect();
    return {
      resources,
      exposed,
      urns: [...monitor.getRegisteredResources().keys()],
      registered: monitor.getRegisteredResources().get(urn)?.state.toJavaScript(),
    };
  } finally {
    // Registrations still under way would otherwise reach the mocks of the next program.
    await pulumi.runtime.disconnect();
  }
}

/** What Azure, Entra and the dynamic resources answer, as far as other resources use it. */
export const azureMocks = {
  newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => ({
    id: idOf(type, name),
    state: { ...inputs, ...serverSideState(type, name, inputs) },
  }),
  call: ({ token }: pulumi.runtime.MockCallArgs) => invoked[token] ?? {},
} satisfies pulumi.runtime.Mocks;

async function resolveOutputs<T extends object>(component: T): Promise<Resolved<T>> {
  const outputs = Object.entries(component).filter(
    ([name, value]) => pulumi.Output.isInstance(value) && name !== "urn",
  );
  const resolved = outputs.map(async ([name, output]) => [name, await resolve(output)]);
  return Object.fromEntries(await Promise.all(resolved));
}

/** `promise()` is not in the public type, but `apply` alone would swallow a rejection. */
function resolve<T>(output: pulumi.Output<T>): Promise<T> {
  return (output as unknown as { promise(): Promise<T> }).promise();
}

/** What the outputs of a component become. */
export type Resolved<T> =
  T extends pulumi.Output<infer U> ? U : T extends object ? { [K in keyof T]: Resolved<T[K]> } : T;

const invoked: Record<string, Record<string, unknown>> = {
  "azuread:index/getClientConfig:getClientConfig": { objectId: DEPLOYER_OBJECT_ID, tenantId: TENANT_ID },
  "azuread:index/getServicePrincipal:getServicePrincipal": { objectId: MANAGEMENT_APIS_OBJECT_ID },
  "azure-native:authorization:getClientConfig": {
    clientId: "0d0d0d0d-0000-4000-8000-000000000005",
    objectId: DEPLOYER_OBJECT_ID,
    subscriptionId: SUBSCRIPTION_ID,
    tenantId: TENANT_ID,
  },
};

/** As Azure writes it where the program reads something out of it. */
function idOf(type: string, name: string): string {
  return type === "azure-native:operationalinsights:Workspace" ? workspaceId(name) : `/mock/${name}`;
}

/** Resource id of the workspace that the program calls `name`. */
export function workspaceId(name: string): string {
  return `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/group/providers/Microsoft.OperationalInsights/workspaces/${name}`;
}

/** What only Azure or Entra knows, as far as other resources use it. */
function serverSideState(
  type: string,
  name: string,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  switch (type) {
    case "azuread:index/application:Application":
      return { clientId: CLIENT_ID, objectId: "object-id-of-application" };
    case "azuread:index/servicePrincipal:ServicePrincipal":
      return { objectId: "object-id-of-principal" };
    case "azure-native:applicationinsights:Component":
      return { connectionString: CONNECTION_STRING };
    case "azure-native:managedidentity:UserAssignedIdentity":
      return { clientId: IDENTITY_CLIENT_ID, principalId: "object-id-of-identity", name };
    case "azure-native:resources:ResourceGroup":
      return { name };
    case "azure-native:storage:StorageAccount":
      return {
        name: inputs.accountName,
        primaryEndpoints: { blob: `https://${inputs.accountName}.blob.core.windows.net/` },
      };
    case "azure-native:storage:BlobContainer":
      return { name: inputs.containerName };
    case "azure-native:network:VirtualNetwork":
    case "azure-native:network:PrivateEndpoint":
      return { name };
    case "azure-native:privatedns:PrivateZone":
      return { name: inputs.privateZoneName };
    case "azure-native:eventhub:Namespace":
      return {
        name: inputs.namespaceName,
        serviceBusEndpoint: `https://${inputs.namespaceName}.servicebus.windows.net:443/`,
      };
    case "azure-native:eventhub:EventHub":
      return { name: inputs.eventHubName };
    case "azure-native:eventhub:ConsumerGroup":
      return { name: inputs.consumerGroupName };
    case "azure-native:monitor:DataCollectionEndpoint":
      return {
        logsIngestion: { endpoint: `https://${name}.${inputs.location}-1.ingest.monitor.azure.com` },
      };
    case "azure-native:monitor:DataCollectionRule":
      return { immutableId: `dcr-of-${name}` };
    case "azure-native:keyvault:Vault":
      return {
        name: "vault",
        properties: { ...(inputs.properties as object), vaultUri: "https://vault.vault.azure.net/" },
      };
    case "azure-native:keyvault:Secret":
      return {
        properties: {
          secretUriWithVersion: `https://${inputs.vaultName}.vault.azure.net/secrets/${inputs.secretName}/0123456789abcdef`,
        },
      };
    case "azure-native:web:WebApp":
      return {
        hostNameSslStates: [
          { hostType: "Standard", name: `${inputs.name}.azurewebsites.net` },
          { hostType: "Repository", name: `${inputs.name}.scm.azurewebsites.net` },
        ],
      };
    case "pulumi-nodejs:dynamic/defender-siem:VaultCertificate":
      return {
        keyId: `${inputs.vaultUri}keys/${inputs.certificateName}/0123456789abcdef`,
        thumbprint: "AB".repeat(32),
        certificate: "MIIB",
        notAfter: "2027-11-21T00:00:00Z",
      };
    case "pulumi-nodejs:dynamic/defender-siem:AuditSubscription":
      return { status: "enabled" };
    default:
      return {};
  }
}

/** The one resource of a type, or the one of that name. */
export function only(resources: Declared[], type: string, name?: string): Declared {
  const found = resources.filter(
    resource => resource.type === type && (name ?? resource.name) === resource.name,
  );
  if (found.length === 1) return found[0]!;
  throw new Error(`${found.length} resources of type ${type}${name ? ` named ${name}` : ""}`);
}

/** Type and name of each resource, in alphabetical order: the exact list that a program declares. */
export function inventory(resources: Declared[]): string[] {
  return resources.map(({ type, name }) => `${type} ${name}`).sort();
}
