import { CLOUDS, type Cloud } from "./clouds.ts";

export interface ConsentingTenant {
  tenantId: string;
  clientId: string;
  cloud: Cloud;
  /** Replaces the login host of the cloud. */
  authorityUrl?: string;
}

/**
 * The page on which an administrator grants every application permission that the app registration requests.
 * https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
 */
export function adminConsentUrl({ tenantId, clientId, cloud, authorityUrl }: ConsentingTenant): string {
  return `${authorityUrl ?? CLOUDS[cloud].authorityUrl}/${tenantId}/adminconsent?client_id=${clientId}`;
}
