import { type ActivityApi, startActivityApi } from "./activity/server.ts";
import { Directory } from "./entra/directory.ts";
import type { LocalTenant } from "./tenant.ts";

/** Tenants of customers, in which one application of ours is consented to. */
export interface ManyTenants {
  tenantIds: string[];
  /** One Management Activity API that serves them all, as the real one serves all tenants of a cloud. */
  activityApi: ActivityApi;
  close(): Promise<void>;
}

/** Adds tenants beside the local tenant; its Entra issues their tokens. */
export async function startManyTenants(
  { tls, entra }: LocalTenant,
  count: number,
  application: { clientId: string; secret: string },
): Promise<ManyTenants> {
  const directories = Array.from({ length: count }, (_, index) => newCustomer(index));
  for (const directory of directories) {
    directory.registerConsentedClient(application.clientId, application.secret);
    entra.addDirectory(directory);
  }
  const tenantIds = directories.map(({ tenantId }) => tenantId);
  const activityApi = await startActivityApi({
    tls,
    tenantId: tenantIds,
    audience: "https://manage.office.com",
    verifyToken: token => entra.verify(token),
  });
  return { tenantIds, activityApi, close: () => activityApi.close() };
}

function newCustomer(index: number): Directory {
  return new Directory({ initialDomain: `customer${index}.onmicrosoft.com` });
}
