import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { applicationVariable } from "./applicationVariables.ts";
import { CredentialError, type CredentialFinder, type KeyedCertificate } from "./proof.ts";

/**
 * A certificate of the application with its RSA key, both in one PEM file: SIEM_CLIENT_CERTIFICATE_PATH, or
 * ARM_CLIENT_CERTIFICATE_PATH or AZURE_CLIENT_CERTIFICATE_PATH of the same client id. A key with a password takes it from
 * the variable of the same prefix that ends in CERTIFICATE_PASSWORD.
 */
export const findCertificate: CredentialFinder = (wanted, env) => {
  const found = applicationVariable(wanted, env, "CLIENT_CERTIFICATE_PATH");
  if ("unusable" in found) return found;
  const password = env[found.name.replace(/PATH$/, "PASSWORD")];
  return { proof: { shows: "certificate", certificate: () => readCertificate({ ...found, password }) } };
};

interface CertificateSetting {
  name: string;
  value: string;
  password: string | undefined;
}

async function readCertificate({
  name,
  value: path,
  password,
}: CertificateSetting): Promise<KeyedCertificate> {
  const pem = await readPem(name, path);
  const refuse = (reason: string) => new CredentialError(`${name} names ${path}, ${reason}`);
  const certificate = attempt(() => new X509Certificate(pem));
  if (certificate === undefined) throw refuse("whose certificate cannot be read.");
  const key = readKey(pem, password);
  if (key === undefined)
    throw refuse(
      `which holds no private key that can be read. Append the key in PEM form; ` +
        `if it has a password, set ${name.replace(/PATH$/, "PASSWORD")}.`,
    );
  if (key.asymmetricKeyType !== "rsa")
    throw refuse(
      `whose key is of the type ${key.asymmetricKeyType}. Entra takes RSA keys of 2048 bits or more.`,
    );
  if (!certificate.checkPrivateKey(key))
    throw refuse("whose private key does not belong to its first certificate.");
  if (certificate.validToDate < new Date())
    throw refuse(
      `whose certificate expired on ${certificate.validToDate.toISOString()}. Add a new one to the application.`,
    );
  return {
    thumbprintSha256: certificate.fingerprint256.replaceAll(":", ""),
    privateKey: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

async function readPem(name: string, path: string): Promise<string> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CredentialError(`${name} names ${path}, which cannot be read (${error.code}).`);
  });
  const text = content.toString("utf8");
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  // Node has no reader for PKCS #12, and one conversion is cheaper than a library that parses keys.
  throw new CredentialError(
    `${name} names ${path}, which holds no PEM certificate. A PFX file is turned into one by: ` +
      `openssl pkcs12 -in app.pfx -out app.pem -nodes`,
  );
}

function readKey(pem: string, password: string | undefined): KeyObject | undefined {
  return attempt(() => createPrivateKey({ key: pem, ...(password ? { passphrase: password } : {}) }));
}

function attempt<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
