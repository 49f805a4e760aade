import { CLOUDS, type Cloud } from "./clouds.ts";
import { type CredentialKind, parseCredential } from "./credentialKind.ts";
import { type AccessToken, CredentialError, type Proof, type WantedToken } from "./credentials/proof.ts";
import { type CredentialSearch, findCredential } from "./credentials.ts";
import { parseEndpoint } from "./endpoints.ts";
import { requestFromEntra } from "./entraClient.ts";
import { TokenError } from "./entraErrors.ts";
import { parseClientId, parseTenantId } from "./identifiers.ts";

/** Where a client takes the bearer token of its next request from. */
export interface TokenSource {
  /**
   * A token that is valid for some minutes more. Calls share one cached token, and calls at the same time one request.
   *
   * @param options.forceRefresh asks Entra again instead of using the cached token, which still lacks a role that was
   * granted since.
   * @throws TokenError when no credential is found, Entra refuses, or is not reached.
   */
  getToken(options?: { forceRefresh?: boolean }): Promise<string>;
}

export interface TokenSettings {
  /** GUID of the tenant. */
  tenantId: string;
  /** GUID of the application. Only the Azure CLI and a managed identity of Azure Resource Manager do without one. */
  clientId?: string;
  cloud: Cloud;
  /** Replaces the login host of the cloud. */
  authorityUrl?: string;
  /** Audience and `/.default`. Defaults to the Management Activity API of the cloud. */
  scope?: string;
  /**
   * Defaults to "auto": the kind that SIEM_CREDENTIAL names, for the Management Activity API, else the first credential that
   * is there, in the order of `CredentialKind`.
   */
  credential?: CredentialKind | "auto";
}

/**
 * Tokens for one application and one audience.
 *
 * @param env where credentials are looked for. Defaults to the environment of the process.
 * @throws SettingError for a malformed id or endpoint; credentials are looked for when the first token is asked for.
 */
export function tokenSource(settings: TokenSettings, env: NodeJS.ProcessEnv = process.env): TokenSource {
  const wanted = wantedToken(settings);
  const authorityUrl =
    settings.authorityUrl === undefined
      ? CLOUDS[settings.cloud].authorityUrl
      : parseEndpoint("authorityUrl", settings.authorityUrl);
  const chosen = chosenCredential(settings.credential, wanted, env);
  return new CachedTokens(options =>
    requestToken(findCredential(chosen, wanted, env), wanted, authorityUrl, options),
  );
}

/**
 * Which credential a `tokenSource` of the same settings uses, and why none of those before it. Nothing is requested.
 *
 * @throws SettingError for a malformed id, or for a SIEM_CREDENTIAL that is no kind of credential.
 */
export function searchCredential(
  settings: TokenSettings,
  env: NodeJS.ProcessEnv = process.env,
): CredentialSearch {
  const wanted = wantedToken(settings);
  return findCredential(chosenCredential(settings.credential, wanted, env), wanted, env);
}

function wantedToken({ tenantId, clientId, cloud, scope }: TokenSettings): WantedToken {
  const ownScope = `${CLOUDS[cloud].audience}/.default`;
  return {
    tenantId: parseTenantId(tenantId),
    clientId: clientId === undefined ? undefined : parseClientId(clientId),
    cloud,
    scope: scope ?? ownScope,
    forActivityApi: (scope ?? ownScope) === ownScope,
  };
}

function chosenCredential(
  setting: TokenSettings["credential"],
  wanted: WantedToken,
  env: NodeJS.ProcessEnv,
): CredentialKind | "auto" {
  if (setting !== undefined && setting !== "auto") return setting;
  return wanted.forActivityApi && env.SIEM_CREDENTIAL ? parseCredential(env.SIEM_CREDENTIAL) : "auto";
}

interface Refresh {
  forceRefresh: boolean;
}

/** A token is renewed while it still has time for a slow run of requests. */
const renewalMilliseconds = 5 * 60_000;

class CachedTokens implements TokenSource {
  readonly #request: (options: Refresh) => Promise<AccessToken>;
  #cached: AccessToken | undefined;
  #underWay: { forced: boolean; token: Promise<AccessToken> } | undefined;

  constructor(request: (options: Refresh) => Promise<AccessToken>) {
    this.#request = request;
  }

  async getToken({ forceRefresh = false } = {}): Promise<string> {
    if (!forceRefresh && this.#cached && isFresh(this.#cached)) return this.#cached.token;
    // A request that began before a refresh was forced may bring the very token that is to be replaced.
    if (this.#underWay === undefined || (forceRefresh && !this.#underWay.forced)) this.#start(forceRefresh);
    return (await this.#underWay!.token).token;
  }

  #start(forced: boolean): void {
    const underWay = { forced, token: this.#request({ forceRefresh: forced }) };
    this.#underWay = underWay;
    const end = () => {
      if (this.#underWay === underWay) this.#underWay = undefined;
    };
    underWay.token.then(token => {
      if (this.#underWay === underWay) this.#cached = token;
      end();
    }, end);
  }
}

function isFresh({ expiresAt }: AccessToken): boolean {
  return expiresAt.getTime() - Date.now() > renewalMilliseconds;
}

async function requestToken(
  { found, passedOver }: CredentialSearch,
  wanted: WantedToken,
  authorityUrl: string,
  options: Refresh,
): Promise<AccessToken> {
  try {
    if (found === undefined) throw noneFound(passedOver);
    return await useProof(found.proof, wanted, authorityUrl, options);
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    throw tokenError(error, wanted, { found, passedOver });
  }
}

function useProof(
  proof: Proof,
  wanted: WantedToken,
  authorityUrl: string,
  options: Refresh,
): Promise<AccessToken> {
  if (proof.shows === "token") return proof.token(options);
  // `findCredential` offers a proof of an application only where an application is wanted.
  return requestFromEntra({ ...wanted, clientId: wanted.clientId!, authorityUrl, proof });
}

function noneFound(passedOver: CredentialSearch["passedOver"]): CredentialError {
  if (passedOver.length === 1)
    return new CredentialError(
      `the chosen credential ${passedOver[0]!.kind} is not there: ${passedOver[0]!.reason}.`,
    );
  return new CredentialError(
    `no credential was found. Set up one of these, tried in this order:${listed(passedOver)}`,
  );
}

function tokenError(
  error: CredentialError,
  wanted: WantedToken,
  { found, passedOver }: CredentialSearch,
): TokenError {
  const whose = wanted.clientId === undefined ? "" : ` of application ${wanted.clientId}`;
  const how = found === undefined ? "" : ` (credential ${found.kind})`;
  const others = found && passedOver.length > 0 ? ` Passed over before it:${listed(passedOver)}` : "";
  const refusal = `No token${whose} in tenant ${wanted.tenantId}${how}: ${error.message}`;
  return new TokenError(refusal + others, {
    refusal,
    code: error.code,
    errorClass: error.errorClass,
    tenantId: wanted.tenantId,
    clientId: wanted.clientId,
    credential: found?.kind,
  });
}

function listed(passedOver: CredentialSearch["passedOver"]): string {
  return passedOver.map(({ kind, reason }) => `\n  ${kind}: ${reason}`).join("");
}
