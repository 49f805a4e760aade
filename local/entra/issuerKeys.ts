import type { JSONWebKeySet } from "jose";
import { Agent, request } from "undici";
import { TokenRefusal } from "./tokenErrors.ts";

const TIMEOUT_MILLISECONDS = 5_000;

/**
 * Reads the signing keys of OpenID issuers, anew each time so that an issuer may change its keys at will. Only issuers
 * on loopback are asked: the local tenant talks to nobody else, whatever a stack declares as issuer.
 */
export class IssuerKeys {
  readonly #agent: Agent;

  /** @param ca certificate authority of the issuers, in PEM */
  constructor(ca: string) {
    this.#agent = new Agent({ connect: { ca } });
  }

  /** @throws TokenRefusal 90061 when the issuer does not answer as OpenID Connect Discovery demands */
  async read(issuer: string): Promise<JSONWebKeySet> {
    const metadata = await this.#fetch<{ issuer?: string; jwks_uri?: string }>(
      `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    );
    if (metadata.issuer !== issuer) {
      throw unreachable(issuer, `its metadata calls itself '${metadata.issuer}'`);
    }
    return this.#fetch<JSONWebKeySet>(metadata.jwks_uri ?? "");
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #fetch<Document>(url: string): Promise<Document> {
    if (!isOnLoopback(url))
      throw unreachable(url, "the local tenant asks issuers on loopback only, over https");
    try {
      const { statusCode, body } = await request(url, {
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`it answered with status ${statusCode}`);
      return JSON.parse(text);
    } catch (error) {
      throw unreachable(url, error instanceof Error ? error.message : String(error));
    }
  }
}

function isOnLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
}

function unreachable(url: string, reason: string): TokenRefusal {
  return new TokenRefusal(90061, `The request to the external OpenID endpoint '${url}' failed: ${reason}.`);
}
