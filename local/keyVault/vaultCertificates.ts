import { randomUUID, X509Certificate } from "node:crypto";
import { generate } from "selfsigned";
import { valueAt } from "../azure/properties.ts";
import { signDigest } from "./digestSignature.ts";
import { badParameter, deletedButRecoverable, keyDisabled, keyExpired, notFound } from "./keyVaultRefusal.ts";

/** One version of a certificate, with the key behind it, which nobody gets. */
export interface CertificateVersion {
  version: string;
  certificate: X509Certificate;
  privateKey: string;
  enabled: boolean;
}

interface NamedCertificate {
  versions: CertificateVersion[];
  /** The newest request to make a version; undefined once it was made. */
  isPending: boolean;
  isDeleted: boolean;
}

/** The certificates of one vault. */
export class VaultCertificates {
  readonly #certificates = new Map<string, NamedCertificate>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Makes a new version.
   * @throws KeyVaultRefusal at once, before anything is made
   */
  create(name: string, policy: unknown): Promise<CertificateVersion> {
    refusePolicy(policy);
    const known = this.#certificates.get(name) ?? { versions: [], isPending: false, isDeleted: false };
    if (known.isDeleted) throw deletedButRecoverable(name);
    known.isPending = true;
    this.#certificates.set(name, known);
    return this.#make(policy).then(version => {
      known.versions.push(version);
      known.isPending = false;
      return version;
    });
  }

  isPending(name: string): boolean {
    return this.#existing(name).isPending;
  }

  /** @param version defaults to the newest. */
  get(name: string, version?: string): CertificateVersion {
    const { versions } = this.#existing(name);
    const found = version === undefined ? versions.at(-1) : versions.find(other => other.version === version);
    if (found === undefined) throw notFound("certificate", name);
    return found;
  }

  sign(name: string, version: string, algorithm: unknown, digest: unknown): string {
    const key = this.#certificates.get(name)?.versions.find(other => other.version === version);
    if (key === undefined || this.#certificates.get(name)?.isDeleted)
      throw notFound("key", `${name}/${version}`);
    if (!key.enabled) throw keyDisabled();
    if (key.certificate.validToDate.getTime() < this.#now()) throw keyExpired();
    if (algorithm !== "PS256")
      throw badParameter(`The local tenant signs by PS256 only, not by ${algorithm}.`);
    const bytes = Buffer.from(typeof digest === "string" ? digest : "", "base64url");
    if (bytes.length !== 32)
      throw badParameter(
        `Invalid length of 'value': ${bytes.length} bytes. PS256 requires 32 bytes, encoded with base64url.`,
      );
    return signDigest(key.privateKey, bytes).toString("base64url");
  }

  /** From behind: takes the certificate and its key out of use. */
  disable(name: string): void {
    this.get(name).enabled = false;
  }

  /** From behind: deletes the certificate, which can be recovered for 90 days. */
  delete(name: string): void {
    this.#existing(name).isDeleted = true;
  }

  #existing(name: string): NamedCertificate {
    const found = this.#certificates.get(name);
    if (found === undefined || found.isDeleted) throw notFound("certificate", name);
    return found;
  }

  async #make(policy: unknown): Promise<CertificateVersion> {
    const months = Number(valueAt(policy, "x509_props.validity_months") ?? 12);
    const notBeforeDate = new Date(this.#now() - 600_000);
    const notAfterDate = new Date(this.#now());
    notAfterDate.setUTCMonth(notAfterDate.getUTCMonth() + months);
    const subject = String(valueAt(policy, "x509_props.subject")).replace(/^CN=/i, "");
    const made = await generate([{ name: "commonName", value: subject }], {
      keySize: Number(valueAt(policy, "key_props.key_size") ?? 2048) as 2048,
      algorithm: "sha256",
      notBeforeDate,
      notAfterDate,
    });
    return {
      version: randomUUID().replaceAll("-", ""),
      certificate: new X509Certificate(made.cert),
      privateKey: made.private,
      enabled: true,
    };
  }
}

/** https://learn.microsoft.com/rest/api/keyvault/certificates/create-certificate/create-certificate */
function refusePolicy(policy: unknown): void {
  const at = (path: string) => valueAt(policy, path);
  if (at("issuer.name") !== "Self")
    throw badParameter(`The local tenant has the issuer Self only, not '${at("issuer.name")}'.`);
  if (at("key_props.kty") !== "RSA" || ![2048, 3072, 4096].includes(Number(at("key_props.key_size"))))
    throw badParameter("The local tenant makes RSA keys of 2048, 3072 or 4096 bits only.");
  if (at("key_props.exportable") !== false)
    throw badParameter("The local tenant gives no key out. Set key_props.exportable to false.");
  if (!/^CN=.+/i.test(String(at("x509_props.subject"))))
    throw badParameter(
      `Property policy.x509_props.subject has an invalid X500 name '${at("x509_props.subject")}'.`,
    );
}
