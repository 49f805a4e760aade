/** Where a client takes the bearer token of its next request from. */
export interface TokenSource {
  /**
   * A token that is valid for some minutes more. Calls share one cached token, and calls at the same time one request.
   *
   * @param options.forceRefresh asks Entra again instead of using the cached token, which still lacks a role that was
   * granted since.
   * @throws TokenError when Entra refuses, or is not reached.
   */
  getToken(options?: { forceRefresh?: boolean }): Promise<string>;
}
