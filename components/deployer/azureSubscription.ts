import { requestJson } from "../../activity-api/jsonRequest.ts";
import type { TokenSource } from "../../activity-api/tokens.ts";
import type { AzurePermission } from "./checks.ts";

/** What a subscription tells its caller about the caller and about itself. It only reads. */
export class AzureSubscription {
  readonly #url: string;
  readonly #tokens: TokenSource;

  constructor(resourceManagerUrl: string, subscriptionId: string, tokens: TokenSource) {
    this.#url = `${resourceManagerUrl}/subscriptions/${subscriptionId}`;
    this.#tokens = tokens;
  }

  /**
   * What the caller may do; nothing where it may not even ask. Undefined where Azure gives no answer to rely on.
   * https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group
   *
   * @param resourceGroupName asks about that resource group rather than the subscription.
   */
  async permissions(resourceGroupName: string | undefined): Promise<AzurePermission[] | undefined> {
    const scope = resourceGroupName === undefined ? "" : `/resourceGroups/${resourceGroupName}`;
    const path = `${scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`;
    const { status, body } = await this.#get(path);
    if (status === 403 || status === 404) return [];
    const { value } = (body ?? {}) as { value?: Partial<AzurePermission>[] };
    if (status !== 200 || !Array.isArray(value)) return undefined;
    return value.map(({ actions = [], notActions = [] }) => ({ actions, notActions }));
  }

  /**
   * Registered, Registering, NotRegistered or Unregistering; undefined where Azure does not tell.
   * https://learn.microsoft.com/rest/api/resources/providers/get
   */
  async registrationState(namespace: string): Promise<string | undefined> {
    const { body } = await this.#get(`/providers/${namespace}?api-version=2021-04-01`);
    const { registrationState } = (body ?? {}) as { registrationState?: unknown };
    return typeof registrationState === "string" ? registrationState : undefined;
  }

  async #get(path: string) {
    const headers = { authorization: `Bearer ${await this.#tokens.getToken()}` };
    return requestJson({ method: "GET", url: `${this.#url}${path}`, headers });
  }
}
