import type { Knobs } from "./activity/knobs.ts";
import { type ActivityApi, startActivityApi } from "./activity/server.ts";
import { Directory } from "./entra/directory.ts";
import { AUDIENCES, type LocalTenant } from "./tenant.ts";

/** Tenants of customers beside the local tenant. */
export interface ManyTenants {
  tenantIds: string[];
  /** One Management Activity API that serves them all, as the real one serves all tenants of a cloud. */
  activityApi: ActivityApi;
  /** As when an administrator of the customer deletes the enterprise application; the consent URL gives it back. */
  revokeConsent(tenantId: string, clientId: string): void;
  close(): Promise<void>;
}

export interface ManyTenantsOptions {
  /** An application that all of them know by its secret and have consented to. Defaults to none. */
  application?: { clientId: string; secret: string };
  /** How their Management Activity API behaves where it differs from Microsoft's documents. Defaults to no difference. */
  knobs?: Partial<Knobs>;
}

/** Adds tenants beside the local tenant, whose Entra issues their tokens: a customer consents at its consent URL. */
export async function startManyTenants(
  { tls, entra }: Pick<LocalTenant, "tls" | "entra">,
  count: number,
  { application, knobs }: ManyTenantsOptions = {},
): Promise<ManyTenants> {
  const directories = Array.from({ length: count }, (_, index) => newCustomer(index));
  for (const directory of directories) {
    if (application) directory.registerConsentedClient(application.clientId, application.secret);
    entra.addDirectory(directory);
  }
  const tenantIds = directories.map(({ tenantId }) => tenantId);
  const activityApi = await startActivityApi({
    tls,
    tenantId: tenantIds,
    audience: AUDIENCES,
    verifyToken: token => entra.verify(token),
    knobs,
  });
  return {
    tenantIds,
    activityApi,
    revokeConsent: (tenantId, clientId) => {
      const directory = directories[tenantIds.indexOf(tenantId)]!;
      directory.deleteServicePrincipal(directory.findServicePrincipalByClientId(clientId)!.objectId);
    },
    close: () => activityApi.close(),
  };
}

function newCustomer(index: number): Directory {
  return new Directory({ initialDomain: `customer${index}.onmicrosoft.com` });
}
