import { createHash, randomBytes, randomUUID, X509Certificate } from "node:crypto";
import { badRequest, conflict, notFound } from "./directoryError.ts";
import type {
  Application,
  CertificateCredential,
  FederatedCredential,
  FederatedCredentialSettings,
  PasswordCredential,
} from "./directoryObjects.ts";

/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations */
const MAXIMUM_FEDERATED_CREDENTIALS = 20;
const FEDERATED_CREDENTIAL_NAME = /^[A-Za-z0-9_-]{3,120}$/;

const DEFAULT_PASSWORD_LIFETIME_MILLISECONDS = 180 * 86_400_000;

export function addFederatedCredential(
  application: Application,
  settings: FederatedCredentialSettings,
): FederatedCredential {
  if (application.federatedCredentials.length >= MAXIMUM_FEDERATED_CREDENTIALS) {
    throw badRequest(
      `The application '${application.clientId}' already has ${MAXIMUM_FEDERATED_CREDENTIALS} federated identity ` +
        "credentials, which is the most that an application may have. Remove one first.",
    );
  }
  refuseInvalidFederatedCredential(settings);
  refuseDuplicateFederatedCredential(application.federatedCredentials, settings);
  const credential = { ...settings, id: randomUUID() };
  application.federatedCredentials.push(credential);
  return credential;
}

/** Changes everything but the name, which Graph does not let anybody change. */
export function updateFederatedCredential(
  application: Application,
  id: string,
  changes: Partial<Omit<FederatedCredentialSettings, "name">>,
): FederatedCredential {
  const credential = find(application.federatedCredentials, "id", id);
  const changed = { ...credential, ...changes };
  refuseInvalidFederatedCredential(changed);
  refuseDuplicateFederatedCredential(
    application.federatedCredentials.filter(other => other !== credential),
    changed,
  );
  return Object.assign(credential, changed);
}

export function removeFederatedCredential(application: Application, id: string): void {
  remove(application.federatedCredentials, "id", id);
}

/** Values that are merely wrong are accepted, as in Entra: they fail later, when a token is exchanged. */
function refuseInvalidFederatedCredential({ name, issuer, subject, audiences }: FederatedCredentialSettings) {
  if (!FEDERATED_CREDENTIAL_NAME.test(name)) {
    throw badRequest(
      `The federated identity credential name '${name}' is invalid. Use 3 to 120 letters, digits, '-' or '_'.`,
    );
  }
  if (audiences.length !== 1) {
    throw badRequest(
      `The federated identity credential '${name}' has ${audiences.length} audiences. Give exactly one.`,
    );
  }
  if (!URL.canParse(issuer)) {
    throw badRequest(
      `The issuer '${issuer}' of the federated identity credential '${name}' is not a URL. ` +
        "Use the 'iss' claim of the tokens that it shall trust.",
    );
  }
  if (subject === "") {
    throw badRequest(
      `The federated identity credential '${name}' has no subject. Use the tokens' 'sub' claim.`,
    );
  }
}

function refuseDuplicateFederatedCredential(
  existing: FederatedCredential[],
  settings: FederatedCredentialSettings,
): void {
  if (existing.some(({ name }) => name === settings.name)) {
    throw conflict(`FederatedIdentityCredential with name '${settings.name}' already exists.`);
  }
  if (existing.some(({ issuer, subject }) => issuer === settings.issuer && subject === settings.subject)) {
    throw conflict(
      `FederatedIdentityCredential with issuer '${settings.issuer}' and subject '${settings.subject}' already ` +
        "exists on the application. The two together must be unique.",
    );
  }
}

export interface PasswordSettings {
  /** Defaults to no name. */
  displayName?: string;
  /** Defaults to now. */
  startDateTime?: Date;
  /** Defaults to 180 days after the start. */
  endDateTime?: Date;
}

/** The answer is the only place that ever holds the secret. */
export function addPassword(
  application: Application,
  settings: PasswordSettings,
  now: number,
): { keyId: string; secretText: string } {
  const secretText = randomBytes(30).toString("base64url");
  const { keyId } = addKnownPassword(application, secretText, settings, now);
  return { keyId, secretText };
}

/** For secrets that were agreed on outside of the directory, which Graph does not offer. */
export function addKnownPassword(
  application: Application,
  secretText: string,
  settings: PasswordSettings,
  now: number,
): PasswordCredential {
  const startDateTime = settings.startDateTime ?? new Date(now);
  const password = {
    keyId: randomUUID(),
    displayName: settings.displayName ?? "",
    startDateTime,
    endDateTime:
      settings.endDateTime ?? new Date(startDateTime.getTime() + DEFAULT_PASSWORD_LIFETIME_MILLISECONDS),
    secretDigest: secretDigest(secretText),
  };
  application.passwords.push(password);
  return password;
}

export function removePassword(application: Application, keyId: string): void {
  remove(application.passwords, "keyId", keyId);
}

/** What the directory keeps of a secret. */
export function secretDigest(secretText: string): string {
  return createHash("sha256").update(secretText).digest("base64url");
}

/**
 * Registers a public certificate in PEM.
 * @throws DirectoryError when the text is not a certificate
 */
export function addCertificate(
  application: Application,
  certificate: string,
  displayName = "",
): CertificateCredential {
  const { validFromDate, validToDate } = parseCertificate(certificate);
  const credential = {
    keyId: randomUUID(),
    displayName,
    startDateTime: validFromDate,
    endDateTime: validToDate,
    certificate,
  };
  application.certificates.push(credential);
  return credential;
}

export function removeCertificate(application: Application, keyId: string): void {
  remove(application.certificates, "keyId", keyId);
}

function parseCertificate(certificate: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch {
    throw badRequest("The key credential's value is not a certificate. Give an X.509 certificate in PEM.");
  }
}

function find<Key extends string, Item extends Record<Key, string>>(
  items: Item[],
  key: Key,
  id: string,
): Item {
  const item = items.find(candidate => candidate[key] === id);
  if (item === undefined) throw notFound(id);
  return item;
}

function remove<Key extends string, Item extends Record<Key, string>>(
  items: Item[],
  key: Key,
  id: string,
): void {
  items.splice(items.indexOf(find(items, key, id)), 1);
}
