import type { PresentedCredential } from "./clientAuthentication.ts";
import { TokenRefusal } from "./tokenErrors.ts";

/** `v1` is `/oauth2/token` with `resource`, `v2` is `/oauth2/v2.0/token` with `scope`. */
export type TokenEndpoint = "v1" | "v2";

export interface TokenRequest {
  endpoint: TokenEndpoint;
  clientId: string;
  /** The resource as the client named it. */
  resource: string;
  credential: PresentedCredential;
}

const DEFAULT_SCOPE = "/.default";
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * Reads a client credentials request; clients may send id and secret in the form or as basic authorization.
 * @throws TokenRefusal
 */
export function parseTokenRequest(
  endpoint: TokenEndpoint,
  form: URLSearchParams,
  authorization: string | undefined,
): TokenRequest {
  const grantType = required(form, "grant_type");
  if (grantType !== "client_credentials") {
    throw new TokenRefusal(
      70003,
      `The grant type '${grantType}' is not supported. The local tenant has no users: use 'client_credentials'.`,
    );
  }
  addBasicCredentials(form, authorization);
  return {
    endpoint,
    clientId: required(form, "client_id"),
    resource: endpoint === "v1" ? required(form, "resource") : resourceOfScope(required(form, "scope")),
    credential: presentedCredential(form),
  };
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === "") {
    throw new TokenRefusal(900144, `The request body must contain the following parameter: '${name}'.`);
  }
  return value;
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1, which Go's oauth2 package tries first */
function addBasicCredentials(form: URLSearchParams, authorization: string | undefined): void {
  const encoded = authorization?.match(/^Basic (\S+)$/i)?.[1];
  if (encoded === undefined) return;
  const [id = "", secret = ""] = Buffer.from(encoded, "base64").toString().split(":");
  const decoded = new URLSearchParams(`client_id=${id}&client_secret=${secret}`);
  for (const [name, value] of decoded) form.set(name, value);
}

function resourceOfScope(scope: string): string {
  const resource = scope.slice(0, -DEFAULT_SCOPE.length);
  if (!scope.endsWith(DEFAULT_SCOPE) || resource === "" || /\s/.test(scope)) {
    throw new TokenRefusal(
      70011,
      `The scope '${scope}' is not valid. A client credentials request names one resource with '${DEFAULT_SCOPE}' ` +
        `after it, such as 'https://manage.office.com${DEFAULT_SCOPE}'.`,
    );
  }
  return resource;
}

function presentedCredential(form: URLSearchParams): PresentedCredential {
  const assertion = form.get("client_assertion");
  if (assertion !== null) {
    const type = required(form, "client_assertion_type");
    if (type !== JWT_BEARER) {
      throw new TokenRefusal(
        9002313,
        `The client_assertion_type '${type}' is not supported. Use '${JWT_BEARER}'.`,
      );
    }
    return { kind: "assertion", assertion };
  }
  const secret = form.get("client_secret");
  return secret === null ? { kind: "none" } : { kind: "secret", secret };
}
