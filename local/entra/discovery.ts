/** https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc */
export function openIdConfiguration(authorityUrl: string, tenantId: string) {
  return {
    ...sharedConfiguration(authorityUrl, tenantId, "/v2.0"),
    issuer: `${authorityUrl}/${tenantId}/v2.0`,
    jwks_uri: `${authorityUrl}/${tenantId}/discovery/v2.0/keys`,
  };
}

export function openIdConfigurationV1(authorityUrl: string, tenantId: string) {
  return {
    ...sharedConfiguration(authorityUrl, tenantId, ""),
    issuer: `https://sts.windows.net/${tenantId}/`,
    jwks_uri: `${authorityUrl}/common/discovery/keys`,
  };
}

/** The local authority is a cloud of its own. `tenant` is named as in the authority that the client asks about. */
export function instanceDiscovery(authorityUrl: string, tenant: string) {
  const { host } = new URL(authorityUrl);
  return {
    tenant_discovery_endpoint: `${authorityUrl}/${tenant}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

function sharedConfiguration(authorityUrl: string, tenantId: string, version: "" | "/v2.0") {
  return {
    token_endpoint: `${authorityUrl}/${tenantId}/oauth2${version}/token`,
    authorization_endpoint: `${authorityUrl}/${tenantId}/oauth2${version}/authorize`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    response_types_supported: ["token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    cloud_instance_name: new URL(authorityUrl).host,
  };
}
