import { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import { Provider as EntraProvider } from "@pulumi/azuread/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { SiemIntegration, type SiemIntegrationArgs } from "defender-siem";

/** What a test asks for. */
export interface Habits {
  name: string;
  args: SiemIntegrationArgs;
  options: pulumi.ComponentResourceOptions;
}

const config = new pulumi.Config();
const { name, args, options } = config.requireObject<Habits>("habits");

/** In the engine, and so for components of other languages too. Not of the stack, which old language hosts do not pass on. */
const tagged: pulumi.ResourceTransform = ({ type, props, opts }) => {
  if (!type.startsWith("azure-native:") || props.tags === undefined) return undefined;
  return { props: { ...props, tags: { ...props.tags, platform: "contoso" } }, opts };
};

/** No resource here may go through a provider that nobody has declared. */
const providers = [
  new AzureProvider("azure", {}),
  new EntraProvider("entra", {}),
  new (class extends pulumi.ProviderResource {})("pulumi-nodejs", "dynamic"),
];
const platform = new (class extends pulumi.ComponentResource {})(
  "contoso:index:Platform",
  "platform",
  {},
  { providers, transforms: [tagged] },
);

const sinkTokens = config.requireSecretObject<Record<string, string>>("sinkTokens");
const integration = new SiemIntegration(name, { ...args, sinkTokens }, { ...options, parent: platform });

export const { subscriptions } = integration;
