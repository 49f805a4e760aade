import { KeyObject, webcrypto } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** What the servers of the local tenant present, and what their clients must trust. */
export interface LocalTls {
  /** File with the certificate authority in PEM, for NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and the like. */
  caFile: string;
  /** The certificate authority in PEM. Its private key is forgotten: nobody can sign with it later. */
  ca: string;
  /** Private key of the servers in PEM (PKCS #8). */
  key: string;
  /** Certificate of the servers in PEM, valid for 127.0.0.1, ::1 and localhost. */
  cert: string;
}

const SIGNATURE = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Below the 398 days that Apple's TLS stack, and so Go on macOS, accepts of a server certificate. */
const VALID_FOR_DAYS = 397;

/**
 * Makes a certificate authority of its own for one local tenant and writes it to `ca.pem` in `folder`, which is
 * created when missing. msal-node refuses authorities that are not https, so the local tenant cannot do without.
 */
export async function createCertificateAuthority(folder: string): Promise<LocalTls> {
  const authorityKeys = await generateKeys();
  const authority = await createAuthority(authorityKeys);
  const serverKeys = await generateKeys();
  const server = await createServerCertificate(serverKeys, authority, authorityKeys);

  await mkdir(folder, { recursive: true });
  const caFile = path.join(folder, "ca.pem");
  const ca = pem(authority);
  await writeFile(caFile, ca);
  return { caFile, ca, key: privateKeyPem(serverKeys), cert: pem(server) };
}

/**
 * Makes this process trust `ca` as well, for https, fetch and undici. Child processes are not affected: they need
 * NODE_EXTRA_CA_CERTS, which Node reads only when it starts and which therefore cannot help the running process.
 */
export function trustInThisProcess(ca: string): void {
  setDefaultCACertificates([...getCACertificates("default"), ca]);
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(SIGNATURE, true, ["sign", "verify"]);
}

async function createAuthority(keys: webcrypto.CryptoKeyPair): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: "CN=Local tenant certificate authority",
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

/** With both key identifiers: Python 3.13 and later verify strictly and refuse a certificate without them. */
async function createServerCertificate(
  keys: webcrypto.CryptoKeyPair,
  authority: X509Certificate,
  authorityKeys: webcrypto.CryptoKeyPair,
): Promise<X509Certificate> {
  return X509CertificateGenerator.create({
    ...validity(),
    subject: "CN=localhost",
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "ip", value: "::1" },
        { type: "dns", value: "localhost" },
      ]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
}

/** Starts an hour ago, so that a container whose clock is a little behind its host's accepts it. */
function validity(): { notBefore: Date; notAfter: Date } {
  const notBefore = new Date(Date.now() - 3_600_000);
  return { notBefore, notAfter: new Date(notBefore.getTime() + VALID_FOR_DAYS * 86_400_000) };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

function privateKeyPem(keys: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(keys.privateKey).export({ format: "pem", type: "pkcs8" }).toString();
}
