import { createHash } from "node:crypto";
import { type KeyVaultError, readKeyVaultError } from "../../activity-api/credentials/keyVaultKey.ts";
import { requestJson, UnreachableError } from "../../activity-api/jsonRequest.ts";
import type { TokenSource } from "../../activity-api/tokens.ts";

/** One version of a certificate, as far as it is public. */
export interface VersionOfCertificate {
  /** DER in base64. */
  certificate: string;
  /** SHA-256 in hexadecimal digits. */
  thumbprint: string;
  /** Id of its key, with the version. */
  keyId: string;
  notAfter: Date;
  enabled: boolean;
}

/** What a new version is to be. */
export interface CertificatePolicy {
  subject: string;
  validityMonths: number;
}

/** https://learn.microsoft.com/rest/api/keyvault/certificates/operation-groups */
const API_VERSION = "7.4";

/** A refusal of the vault, with its codes and what to do. */
export class VaultRefusedError extends Error {
  override readonly name = "VaultRefusedError";
  readonly status: number;
  readonly innerCode: string;

  constructor(url: string, status: number, { code, innerCode, message }: KeyVaultError) {
    const words = message.replaceAll(/\s*\r?\n\s*/g, " ").trim();
    const sentences = [
      `The key vault refuses ${url}: HTTP ${status} ${innerCode || code}.`,
      words,
      advice(innerCode, url),
    ];
    super(sentences.filter(sentence => sentence !== "").join(" "));
    this.status = status;
    this.innerCode = innerCode;
  }
}

/** The certificates of a key vault, by its data plane, as whom the tokens are of. */
export class CertificateVault {
  readonly uri: string;
  readonly #tokens: TokenSource;

  constructor(uri: string, tokens: TokenSource) {
    this.uri = uri;
    this.#tokens = tokens;
  }

  /**
   * Has a new version made, self-signed and with a key that cannot be exported. It is there when `isMaking` says so.
   *
   * @throws VaultRefusedError
   */
  async make(name: string, { subject, validityMonths }: CertificatePolicy): Promise<void> {
    await this.#request("POST", `certificates/${name}/create`, {
      policy: {
        issuer: { name: "Self" },
        key_props: { kty: "RSA", key_size: 2048, exportable: false, reuse_key: false },
        secret_props: { contentType: "application/x-pem-file" },
        x509_props: {
          subject,
          validity_months: validityMonths,
          key_usage: ["digitalSignature"],
          // Of no use for a server's or a person's certificate.
          ekus: ["1.3.6.1.5.5.7.3.2"],
        },
        // No renewal by the vault itself: an application has to know a version before somebody signs with it.
        lifetime_actions: [
          { trigger: { lifetime_percentage: 80 }, action: { action_type: "EmailContacts" } },
        ],
      },
    });
  }

  /** @throws Error when the vault gave the making up. */
  async isMaking(name: string): Promise<boolean> {
    const operation = (await this.#request("GET", `certificates/${name}/pending`)) as {
      status?: string;
      error?: { message?: string };
    };
    if (operation.status === "inProgress") return true;
    if (operation.status === "completed") return false;
    const reason = operation.error?.message ?? "It gives no reason.";
    throw new Error(
      `The key vault ${this.uri} did not make the certificate ${name} (${operation.status}): ${reason}`,
    );
  }

  /**
   * @param version defaults to the newest.
   * @returns undefined when there is no such certificate, or no such vault.
   * @throws VaultRefusedError
   */
  async find(name: string, version = ""): Promise<VersionOfCertificate | undefined> {
    try {
      return readVersion(await this.#request("GET", `certificates/${name}/${version}`.replace(/\/$/, "")));
    } catch (error) {
      if (error instanceof VaultRefusedError && error.status === 404) return undefined;
      if (
        error instanceof UnreachableError &&
        (error.cause as { code?: unknown } | undefined)?.code === "ENOTFOUND"
      )
        return undefined;
      throw error;
    }
  }

  async #request(method: "GET" | "POST", path: string, body?: object): Promise<unknown> {
    const response = await requestJson({
      method,
      url: `${this.uri}${path}?api-version=${API_VERSION}`,
      headers: {
        authorization: `Bearer ${await this.#tokens.getToken()}`,
        "content-type": "application/json",
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (response.status < 300) return response.body;
    throw new VaultRefusedError(`${this.uri}${path}`, response.status, readKeyVaultError(response.body));
  }
}

function advice(innerCode: string, url: string): string {
  switch (innerCode) {
    case "ForbiddenByRbac":
      return "The deployer needs the role Key Vault Certificates Officer on the vault.";
    case "ForbiddenByFirewall":
    case "ForbiddenByConnection":
      return "The vault's firewall does not let the deployer in: allow its network.";
    case "ObjectIsDeletedButRecoverable":
      return `Run: az keyvault certificate recover --id ${url.replace("/certificates/", "/deletedcertificates/").replace(/\/create$/, "")}`;
    default:
      return "";
  }
}

function readVersion(body: unknown): VersionOfCertificate {
  const { kid, cer, attributes } = body as {
    kid: string;
    cer: string;
    attributes: { enabled: boolean; exp: number };
  };
  return {
    certificate: cer,
    thumbprint: createHash("sha256").update(Buffer.from(cer, "base64")).digest("hex").toUpperCase(),
    keyId: kid,
    notAfter: new Date(attributes.exp * 1000),
    enabled: attributes.enabled,
  };
}
