import { webcrypto } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { X509CertificateGenerator } from "@peculiar/x509";
import { Directory } from "../../local/entra/directory.ts";
import type { Application, ServicePrincipal } from "../../local/entra/directoryObjects.ts";
import { type PipelineIssuer, startPipelineIssuer } from "../../local/entra/pipelineIssuer.ts";
import { type Entra, startEntra } from "../../local/entra/server.ts";
import { createCertificateAuthority, type LocalTls, trustInThisProcess } from "../../local/tls.ts";

export const ACTIVITY_API = "https://manage.office.com";
export const ACTIVITY_API_CLIENT_ID = "c5393580-f805-4401-95e8-94b7a6ef2fc2";
export const ACTIVITY_FEED_READ = "594c1fb6-4f81-4475-ae41-0c394909246c";

export interface EntraFixture {
  folder: string;
  tls: LocalTls;
  directory: Directory;
  entra: Entra;
  issuer: PipelineIssuer;
  /** Milliseconds by which the clocks of Entra and of the directory are ahead. */
  clock: { aheadMilliseconds: number };
  close(): Promise<void>;
}

/** A tenant with nothing registered in it yet. */
export async function startFixture(): Promise<EntraFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), "local-entra-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  const clock = { aheadMilliseconds: 0 };
  const now = () => Date.now() + clock.aheadMilliseconds;
  const directory = new Directory({ now });
  const entra = await startEntra({ directory, tls, now });
  const issuer = await startPipelineIssuer({ tls });
  return {
    folder,
    tls,
    directory,
    entra,
    issuer,
    clock,
    close: async () => {
      await entra.close();
      await issuer.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** An application with service principal, as a stack declares it; the grant of ActivityFeed.Read is separate. */
export function registerReader(directory: Directory): {
  application: Application;
  servicePrincipal: ServicePrincipal;
} {
  const application = directory.createApplication({ displayName: "reader" });
  return { application, servicePrincipal: directory.createServicePrincipal(application.clientId) };
}

export function grantActivityFeedRead(directory: Directory, principalObjectId: string): void {
  directory.assignAppRole({
    appRoleId: ACTIVITY_FEED_READ,
    principalObjectId,
    resourceObjectId: directory.findServicePrincipalByClientId(ACTIVITY_API_CLIENT_ID)!.objectId,
  });
}

/** Sends a token request as a plain client does; `fields` wins over the defaults. */
export async function requestToken(
  { entra, directory }: Pick<EntraFixture, "entra" | "directory">,
  fields: Record<string, string>,
  { tenant = directory.tenantId, endpoint = "oauth2/v2.0/token" } = {},
) {
  const response = await fetch(`${entra.url}/${tenant}/${endpoint}`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      ...(endpoint === "oauth2/token" ? { resource: ACTIVITY_API } : { scope: `${ACTIVITY_API}/.default` }),
      ...fields,
    }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the body is what the tests are about
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
}

/** The form fields with which a client presents a signed assertion. */
export function assertionFields(clientId: string, assertion: string): Record<string, string> {
  return {
    client_id: clientId,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  };
}

/** A self-signed certificate as one makes it for an application, valid from a day ago on. */
export async function createClientCertificate(validDays = 365) {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notBefore = new Date(Date.now() - 86_400_000);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=reader",
    keys,
    signingAlgorithm: algorithm,
    notBefore,
    notAfter: new Date(notBefore.getTime() + validDays * 86_400_000),
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    certificate: certificate.toString("pem"),
    privateKey: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)!.join("\n")}\n-----END PRIVATE KEY-----\n`,
    signingKey: keys.privateKey,
    thumbprintSha1: Buffer.from(await certificate.getThumbprint("SHA-1")).toString("hex"),
    thumbprintSha256: Buffer.from(await certificate.getThumbprint("SHA-256")).toString("hex"),
  };
}
