import { requestJson, UnreachableError } from "../jsonRequest.ts";
import { SettingError } from "../settingError.ts";
import { CredentialError } from "./proof.ts";

/** https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign */
const API_VERSION = "7.4";

/** @throws SettingError for anything but the id of one version of a key, to which alone a certificate belongs. */
export function parseKeyId(value: string): string {
  const url = URL.parse(value.trim());
  const isKey = url?.protocol === "https:" && url.username === "" && url.search === "" && url.hash === "";
  if (isKey && /\/keys\/[\w-]+\/\w+$/.test(url.pathname)) return url.href;
  throw new SettingError(
    `"${value}" is not the id of a key with its version. It looks like https://<vault>.vault.azure.net/keys/<name>/<version>.`,
  );
}

/** @throws SettingError for anything but a SHA-256, which is all that PS256 goes with. */
export function parseThumbprint(value: string): string {
  const digits = value.replaceAll(/[\s:]/g, "");
  if (/^[0-9a-f]{64}$/i.test(digits)) return digits.toUpperCase();
  throw new SettingError(
    `"${value}" is not the SHA-256 of a certificate. Write its 64 hexadecimal digits, such as ` +
      "openssl x509 -fingerprint -sha256 prints them.",
  );
}

/**
 * Has the vault sign a digest with a key that does not leave it.
 *
 * @param token of somebody who may sign with the key, for Key Vault.
 * @param digest SHA-256 of what is to be signed.
 * @returns the signature by PS256, in base64url.
 * @throws CredentialError with what is missing where the vault refuses.
 */
export async function signWithKey(keyId: string, token: string, digest: Buffer): Promise<string> {
  const response = await requestJson({
    method: "POST",
    url: `${keyId}/sign?api-version=${API_VERSION}`,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ alg: "PS256", value: digest.toString("base64url") }),
  }).catch(error => {
    if (error instanceof UnreachableError)
      throw new CredentialError(`The key vault ${error.message}`, "transient");
    throw error;
  });
  const { value } = (response.body ?? {}) as { value?: unknown };
  if (response.status === 200 && typeof value === "string") return value;
  throw refusal(keyId, response.status, readKeyVaultError(response.body));
}

/** Key Vault's own error; of a refusal the inner code says why. */
export interface KeyVaultError {
  code: string;
  innerCode: string;
  message: string;
}

/** Empty texts where the answer is not Key Vault's. */
export function readKeyVaultError(body: unknown): KeyVaultError {
  const { error } = (body ?? {}) as { error?: Record<string, unknown> };
  const inner = (error?.innererror ?? error?.innerError) as { code?: unknown } | undefined;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { code: text(error?.code), innerCode: text(inner?.code), message: text(error?.message) };
}

function refusal(keyId: string, status: number, { code, innerCode, message }: KeyVaultError) {
  const reason = `The key vault does not sign with ${keyId}: HTTP ${status} ${innerCode || code}.`;
  if (innerCode === "ForbiddenByRbac")
    // A new role takes minutes to hold.
    return new CredentialError(
      `${reason} The poller's identity needs the role Key Vault Crypto User on the vault.`,
      "propagation",
    );
  if (innerCode === "ForbiddenByFirewall" || innerCode === "ForbiddenByConnection")
    return new CredentialError(
      `${reason} The vault's firewall does not let the poller in: allow its network.`,
    );
  if (innerCode === "KeyDisabled")
    return new CredentialError(
      `${reason} The key is disabled. Run pulumi up --refresh, which makes a new one, or enable it.`,
    );
  if (/expired|not yet valid/i.test(message))
    return new CredentialError(
      `${reason} The key is outside of its validity. Run pulumi up, which makes a new one.`,
    );
  if (status === 404)
    return new CredentialError(
      `${reason} There is no such key. Run pulumi up --refresh, which makes a new one.`,
    );
  const isBroken = status === 429 || status >= 500;
  return new CredentialError(
    `${reason} ${isBroken ? "Try again in a minute." : message.split("\n")[0]}`.trim(),
    isBroken ? "transient" : "configuration",
  );
}
