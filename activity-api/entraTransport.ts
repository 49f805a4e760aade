import {
  AuthError,
  type INetworkModule,
  type NetworkRequestOptions,
  type NetworkResponse,
} from "@azure/msal-node";
import { requestJson, UnreachableError } from "./jsonRequest.ts";

/** `errorCode` of the error that says that nobody answered: msal-node passes its own errors on and hides all others. */
export const unreachable = "unreachable";

/** How msal-node talks to Entra: with a time-out, with retries, and with a look at Entra's clock. */
export class EntraTransport implements INetworkModule {
  /** How far Entra's clock is ahead of ours, by the last answer; negative where ours is ahead. */
  clockSkewMilliseconds: number | undefined;

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send("GET", url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send("POST", url, options);
  }

  async #send<T>(
    method: "GET" | "POST",
    url: string,
    options: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> {
    const response = await requestJson({ method, url, headers: options.headers, body: options.body }).catch(
      error => {
        throw error instanceof UnreachableError ? new AuthError(unreachable, "", error.message) : error;
      },
    );
    const date = Date.parse(response.headers.date ?? "");
    if (!Number.isNaN(date)) this.clockSkewMilliseconds = date - Date.now();
    if (typeof response.body !== "object" || response.body === null) throw notJson(url, response.status);
    return { status: response.status, headers: response.headers, body: response.body as T };
  }
}

/** The page of a proxy or a gateway. */
function notJson(url: string, status: number): AuthError {
  const host = URL.parse(url)?.host;
  return new AuthError(
    unreachable,
    "",
    `${host} answered HTTP ${status} without JSON: a proxy may be in between.`,
  );
}
