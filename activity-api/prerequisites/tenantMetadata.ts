import { Cloud } from "../clouds.ts";
import { requestJson, UnreachableError } from "../jsonRequest.ts";

/** What a login host tells everybody about a tenant, without a token. */
export interface TenantMetadata {
  /** "unknown" when the login host knows no such tenant, "unasked" when it was not reached or gave no answer of use. */
  tenant: "known" | "unknown" | "unasked";
  /** Undefined where the metadata does not say. */
  cloud: Cloud | undefined;
  /** Why the login host could not be asked. */
  reason: string | undefined;
  /** The login host's clock minus this machine's. */
  clockSkewMilliseconds: number | undefined;
}

const nothing: TenantMetadata = {
  tenant: "unasked",
  cloud: undefined,
  reason: undefined,
  clockSkewMilliseconds: undefined,
};

/**
 * Reads the OpenID metadata of a tenant.
 * https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#find-your-apps-openid-configuration-document-uri
 */
export async function readTenantMetadata(authorityUrl: string, tenantId: string): Promise<TenantMetadata> {
  const url = `${authorityUrl}/${tenantId}/v2.0/.well-known/openid-configuration`;
  try {
    const { status, headers, body } = await requestJson({ method: "GET", url });
    const date = Date.parse(headers.date ?? "");
    const heard = {
      ...nothing,
      clockSkewMilliseconds: Number.isNaN(date) ? undefined : date - Date.now(),
    };
    if (status === 200) return { ...heard, tenant: "known", cloud: cloudIn(fieldsOf(body)) };
    if (isUnknownTenant(body)) return { ...heard, tenant: "unknown" };
    return { ...heard, reason: `${new URL(authorityUrl).host} answered HTTP ${status}.` };
  } catch (error) {
    if (error instanceof UnreachableError) return { ...nothing, reason: error.message };
    throw error;
  }
}

const governmentScopes: Readonly<Record<string, Cloud>> = {
  GCC: Cloud.gcc,
  DODCON: Cloud.gccHigh,
  DOD: Cloud.dod,
};

/**
 * Tenants of the US government carry a sub-scope, others none. No page of Microsoft's lists the values; AADInternals and
 * other tools that look tenants up agree on them (https://github.com/Gerenios/AADInternals).
 */
function cloudIn(metadata: Record<string, unknown>): Cloud | undefined {
  const { tenant_region_sub_scope: subScope, cloud_instance_name: instance } = metadata;
  if (typeof subScope === "string") return governmentScopes[subScope.toUpperCase()];
  return instance === "microsoftonline.com" ? Cloud.commercial : undefined;
}

function isUnknownTenant(body: unknown): boolean {
  return /AADSTS90002\b/.test(String(fieldsOf(body).error_description));
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
