import { createLocalJWKSet, jwtVerify } from "jose";
import {
  type AccessTokenClaims,
  accessTokenClaims,
  exchangeIssuer,
  exchangeTokenClaims,
  stsIssuer,
  type TokenSubject,
} from "./accessToken.ts";
import { authenticateClient } from "./clientAuthentication.ts";
import { Directories, unknownApplication } from "./directories.ts";
import type { Directory } from "./directory.ts";
import { type ServicePrincipal, ServicePrincipalKind } from "./directoryObjects.ts";
import type { IssuerKeys } from "./issuerKeys.ts";
import { TOKEN_EXCHANGE } from "./microsoftApplications.ts";
import type { SigningKey } from "./signingKey.ts";
import { TokenRefusal } from "./tokenErrors.ts";
import { TokenFaults } from "./tokenFaults.ts";
import { parseTokenRequest, type TokenEndpoint, type TokenRequest } from "./tokenRequest.ts";

/** Managed identities get tokens for a day, which is why a role granted later takes so long to show in them. */
const MANAGED_IDENTITY_LIFETIME_SECONDS = 86_400;

export interface IssuedToken {
  accessToken: string;
  /** Seconds since 1970. */
  notBefore: number;
  expiresOn: number;
  lifetimeSeconds: number;
}

/** A request for a token, without anything that would let its reader ask for one. */
export interface SeenTokenRequest {
  at: Date;
  endpoint: TokenEndpoint | "managedIdentity";
  /** As the URL names it. */
  tenant: string;
  clientId: string;
  /** The `resource` or `scope`, as the client named it. */
  resource: string;
  outcome: "token" | `AADSTS${number}`;
}

/** Decides who gets which token. It knows nothing of HTTP. */
export class TokenService {
  readonly faults = new TokenFaults();
  /** Every request seen, the oldest first. */
  readonly requests: SeenTokenRequest[] = [];
  readonly now: () => number;
  readonly #directories = new Directories();
  readonly #authorityUrl: () => string;
  readonly #signingKey: SigningKey;
  readonly #issuerKeys: IssuerKeys;
  readonly #tokenLifetimeSeconds: number;

  constructor(options: {
    authorityUrl: () => string;
    signingKey: SigningKey;
    issuerKeys: IssuerKeys;
    now: () => number;
    tokenLifetimeSeconds: number;
  }) {
    this.now = options.now;
    this.#authorityUrl = options.authorityUrl;
    this.#signingKey = options.signingKey;
    this.#issuerKeys = options.issuerKeys;
    this.#tokenLifetimeSeconds = options.tokenLifetimeSeconds;
  }

  get authorityUrl(): string {
    return this.#authorityUrl();
  }

  addDirectory(directory: Directory): void {
    this.#directories.add(directory);
  }

  /**
   * The directory of the tenant that a URL names, by id or by domain.
   * @throws TokenRefusal
   */
  findDirectory(tenant: string): Directory {
    return this.#directories.find(tenant);
  }

  /**
   * An administrator of the tenant agrees to what the application asks for.
   * @throws TokenRefusal
   */
  consent(tenant: string, clientId: string): void {
    this.#directories.consent(tenant, clientId);
  }

  /**
   * Answers a request of the token endpoint of `tenant`.
   * @throws TokenRefusal
   */
  requestToken(
    tenant: string,
    endpoint: TokenEndpoint,
    form: URLSearchParams,
    authorization?: string,
  ): Promise<IssuedToken> {
    const seen = () => ({
      endpoint,
      tenant,
      clientId: form.get("client_id") ?? "",
      resource: form.get(endpoint === "v1" ? "resource" : "scope") ?? "",
    });
    return this.#recorded(seen, async () => {
      const directory = this.findDirectory(tenant);
      const request = parseTokenRequest(endpoint, form, authorization);
      this.#refuseOnOrder(request.clientId);
      const principal = await this.#authenticate(directory, request);
      const authenticationClass = request.credential.kind === "secret" ? "1" : "2";
      return this.#issue(
        { directory, principal, authenticationClass },
        request.resource,
        this.#tokenLifetimeSeconds,
      );
    });
  }

  /** @throws TokenRefusal */
  requestManagedIdentityToken(
    directory: Directory,
    clientId: string,
    resource: string,
  ): Promise<IssuedToken> {
    const seen = () => ({
      endpoint: "managedIdentity" as const,
      tenant: directory.tenantId,
      clientId,
      resource,
    });
    return this.#recorded(seen, async () => {
      this.#refuseOnOrder(clientId);
      const principal = directory.findServicePrincipalByClientId(clientId);
      if (principal?.kind !== ServicePrincipalKind.managedIdentity) {
        throw unknownApplication(directory, clientId);
      }
      const subject = { directory, principal, authenticationClass: "2" } as const;
      return this.#issue(subject, resource, MANAGED_IDENTITY_LIFETIME_SECONDS);
    });
  }

  /** What a resource does with a token that it gets: signature, issuer, period, and, when given, audience. */
  async verify(token: string, audience?: string | string[]): Promise<AccessTokenClaims> {
    const keys = createLocalJWKSet(this.#signingKey.publicKeys);
    const { payload } = await jwtVerify<AccessTokenClaims>(token, keys, {
      issuer: this.#directories.tenantIds.map(stsIssuer),
      audience,
      currentDate: new Date(this.now()),
    });
    return payload;
  }

  async #recorded(
    describe: () => Omit<SeenTokenRequest, "at" | "outcome">,
    answer: () => Promise<IssuedToken>,
  ): Promise<IssuedToken> {
    const record = (outcome: SeenTokenRequest["outcome"]) =>
      this.requests.push({ at: new Date(this.now()), ...describe(), outcome });
    try {
      const token = await answer();
      record("token");
      return token;
    } catch (error) {
      if (error instanceof TokenRefusal) record(`AADSTS${error.code}`);
      throw error;
    }
  }

  #refuseOnOrder(clientId: string): void {
    const code = this.faults.takeRefusal(clientId);
    if (code !== undefined) throw new TokenRefusal(code);
  }

  async #authenticate(
    directory: Directory,
    { clientId, credential }: TokenRequest,
  ): Promise<ServicePrincipal> {
    const found = this.#directories.findApplication(directory, clientId);
    if (found === undefined) throw unknownApplication(directory, clientId);
    const { application, home } = found;
    const principal = directory.findServicePrincipalByClientId(clientId);
    if (principal === undefined) {
      // Of another tenant's application nothing is known where nobody has consented.
      if (home !== directory) throw unknownApplication(directory, clientId);
      throw new TokenRefusal(
        7000229,
        `The application '${clientId}' has no service principal in the tenant '${directory.tenantId}'. Create one.`,
      );
    }
    if (!principal.accountEnabled) {
      throw new TokenRefusal(7000112, `The application '${clientId}' is disabled.`);
    }
    // Whom an application trusts is said where it is registered, and holds in every tenant.
    await authenticateClient(application, credential, {
      directory: home,
      ownIssuer: exchangeIssuer(this.authorityUrl, home.tenantId),
      authorityUrl: this.authorityUrl,
      issuerKeys: this.#issuerKeys,
      now: this.now(),
    });
    return principal;
  }

  async #issue(subject: TokenSubject, resourceName: string, lifetimeSeconds: number): Promise<IssuedToken> {
    const { directory, principal } = subject;
    const resource = directory.findResource(resourceName);
    if (resource === undefined) {
      throw new TokenRefusal(
        500011,
        `The resource principal named '${resourceName}' was not found in the tenant '${directory.tenantId}'.`,
      );
    }
    const period = { now: this.now(), lifetimeSeconds };
    const claims =
      resource.principal.clientId === TOKEN_EXCHANGE.clientId
        ? exchangeTokenClaims(subject, this.authorityUrl, period)
        : accessTokenClaims(
            subject,
            {
              audience: resource.servicePrincipalName,
              roles: this.#roles(directory, principal, resource.principal),
            },
            period,
          );
    return {
      accessToken: await this.#signingKey.sign(claims),
      notBefore: Number(claims.nbf),
      expiresOn: Number(claims.exp),
      lifetimeSeconds,
    };
  }

  #roles(directory: Directory, principal: ServicePrincipal, resource: ServicePrincipal): string[] {
    if (this.faults.takeRoleDelay(principal.clientId)) return [];
    return directory.rolesOf(principal.objectId, resource.objectId);
  }
}
