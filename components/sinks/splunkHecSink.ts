import { Secret } from "@pulumi/azure-native/keyvault/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { existing } from "../azure/existingResources.ts";
import { AzureRole, grantRole } from "../azure/roleAssignments.ts";
import { checked, parseOrRefuse } from "../pulumi/validation.ts";
import { createKeyVault } from "../vault/keyVault.ts";
import { type DeclaredSink, refuseUnknownProperties, type SinkSurroundings } from "./sink.ts";

/** Splunk's HTTP Event Collector. Its token is the only secret there is here, and a key vault keeps it. */
export interface SplunkHecSinkArgs {
  /** `splunkHec`, which tells this sink from the others. */
  kind: "splunkHec";
  /** URL of the collector, such as https://splunk.contoso.com:8088. */
  url: pulumi.Input<string>;
  /** Index that events go to; the token must allow it. Defaults to the token's own. */
  index?: pulumi.Input<string>;
  /** Source type of the events. Defaults to the poller's. */
  sourcetype?: pulumi.Input<string>;
  /** A secret that exists and holds the token: it is left as it is, and the poller's identity may read it. Defaults to a new one in a key vault of its own, with the token of the argument sinkTokens. */
  tokenSecret?: ExistingSecret;
}

/** A secret in a key vault that exists already. */
export interface ExistingSecret {
  /** URI of the secret: `https://contoso.vault.azure.net/secrets/splunk`, with a version behind it or without. */
  uri: pulumi.Input<string>;
  /** Resource id of the secret or of its vault: where the poller's identity gets Key Vault Secrets User. */
  id: pulumi.Input<string>;
}

const SECRET = { required: ["uri", "id"], optional: [] };
const ARGUMENTS = ["kind", "url", "index", "sourcetype", "tokenSecret"];

/** A vault with the token, or the secret that exists, and the right to read that one secret. */
export function declareSplunkHecSink(
  name: string,
  args: SplunkHecSinkArgs,
  surroundings: SinkSurroundings,
): DeclaredSink {
  const { component, parent } = surroundings;
  parseOrRefuse(parent, `sinks.${name}`, args, given => refuseUnknownProperties(given, ARGUMENTS));
  const { kind, sourcetype, index } = args;
  const url = checked(parent, `sinks.${name}.url`, args.url, parseCollectorUrl);
  const given = existing(parent, `sinks.${name}.tokenSecret`, args.tokenSecret, SECRET);
  const secret = given
    ? existingSecret(`sinks.${name}.tokenSecret`, given, parent)
    : createSecret(name, surroundings);
  const grant = grantRole(
    `${component}-reads-token-of-${name}`,
    {
      scope: secret.id,
      role: AzureRole.keyVaultSecretsUser,
      principalObjectId: surroundings.principalObjectId,
    },
    { parent },
  );
  return {
    setting: pulumi.jsonStringify({ kind, url, index, sourcetype }),
    tokenReference: pulumi.interpolate`@Microsoft.KeyVault(SecretUri=${secret.uri})`,
    ready: [grant],
    output: { kind, url, tokenSecretUri: secret.uri },
  };
}

function parseCollectorUrl(url: unknown): string {
  if (typeof url === "string") return parseEndpoint("The URL", url);
  throw new Error(
    "is missing. Give the URL of the HTTP Event Collector, such as https://splunk.contoso.com:8088.",
  );
}

interface TokenSecret {
  id: pulumi.Output<string>;
  uri: pulumi.Output<string>;
}

function createSecret(name: string, surroundings: SinkSurroundings): TokenSecret {
  const { parent, component, resourceGroupName, location, tags } = surroundings;
  const vault = createKeyVault({ component, purpose: name, resourceGroupName, location, tags }, parent);
  const secret = new Secret(
    `${component}-${name}-token`,
    {
      resourceGroupName,
      vaultName: vault.name,
      secretName: "hec-token",
      tags,
      properties: { value: tokenOf(name, surroundings), contentType: "Splunk HEC token" },
    },
    // Deleting a secret by itself takes a right on what is in the vault, which whoever deploys does not have.
    { parent, deletedWith: vault },
  );
  return {
    id: secret.id,
    // With its version, so that a new token is a new setting: the host looks an unchanged reference up once a day.
    uri: pulumi.unsecret(secret.properties).apply(({ secretUriWithVersion }) => secretUriWithVersion),
  };
}

function tokenOf(name: string, { tokens, parent }: SinkSurroundings): pulumi.Output<string> {
  const token = checked(parent, `sinkTokens.${name}`, tokens ?? {}, byName => {
    const given = byName[name] ?? "";
    if (given !== "") return given;
    throw new Error(
      `is missing, so that the sink ${name} has no token to send with. Set it with ` +
        `pulumi config set --secret --path sinkTokens.${name}, or give the sink a tokenSecret.`,
    );
  });
  return pulumi.secret(pulumi.output(token));
}

function existingSecret(argument: string, secret: ExistingSecret, parent: pulumi.Resource): TokenSecret {
  return {
    uri: checked(parent, `${argument}.uri`, secret.uri, parseSecretUri),
    id: checked(parent, `${argument}.id`, secret.id, parseSecretId),
  };
}

function parseSecretUri(uri: string): string {
  if (/^https:\/\/[^/@]+\/secrets\/[\w-]+(\/\w+)?$/.test(uri)) return uri;
  throw new Error(
    `${JSON.stringify(uri)} is not the URI of a secret. It looks like https://<vault>.vault.azure.net/secrets/<name>.`,
  );
}

function parseSecretId(id: string): string {
  if (
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.KeyVault\/vaults\/[^/]+(\/secrets\/[^/]+)?$/i.test(
      id,
    )
  ) {
    return id;
  }
  throw new Error(
    `${JSON.stringify(id)} is not the resource id of a secret or a vault. It looks like ` +
      "/subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.KeyVault/vaults/<vault>/secrets/<name>.",
  );
}
