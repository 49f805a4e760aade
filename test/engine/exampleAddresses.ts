/** The variable in which a test tells an example the addresses, as JSON. */
export const ADDRESSES = "LOCAL_TENANT_ADDRESSES";

/** Where the local tenant's services are: arguments that a real program leaves out. */
export interface Addresses {
  activityApiUrl: string;
  authorityUrl: string;
  resourceManagerUrl: string;
}
