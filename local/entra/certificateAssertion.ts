import { createHash, X509Certificate } from "node:crypto";
import { decodeProtectedHeader, type JWTPayload, type ProtectedHeaderParameters } from "jose";
import { verifyAssertion } from "./assertion.ts";
import type { Application } from "./directoryObjects.ts";
import { TokenRefusal } from "./tokenErrors.ts";

/**
 * Accepts an assertion that the client made itself and signed with a certificate registered on the application.
 * https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 * @param authorityUrl every URL below it is an acceptable audience, as clients differ in which they name
 * @throws TokenRefusal
 */
export async function verifyCertificateAssertion(
  application: Application,
  assertion: string,
  claims: JWTPayload,
  context: { authorityUrl: string; now: number },
): Promise<void> {
  const certificate = findCertificate(application, decodeProtectedHeader(assertion));
  await verifyAssertion(assertion, certificate.publicKey, {
    algorithms: ["RS256", "PS256"],
    now: context.now,
    refusedSignature: 700027,
  });
  if (certificate.validToDate.getTime() < context.now) {
    const end = certificate.validToDate.toISOString();
    throw new TokenRefusal(
      700027,
      `The certificate with which the assertion is signed has expired at ${end}.`,
    );
  }
  if (!String(claims.aud).toLowerCase().startsWith(`${context.authorityUrl}/`)) {
    throw new TokenRefusal(
      700023,
      `The assertion's audience '${claims.aud}' is not this token endpoint at '${context.authorityUrl}'.`,
    );
  }
}

function findCertificate(application: Application, header: ProtectedHeaderParameters): X509Certificate {
  const registered = application.certificates.map(({ certificate }) => new X509Certificate(certificate));
  const certificate = registered.find(({ raw }) =>
    header["x5t#S256"] === undefined
      ? header.x5t === thumbprint("sha1", raw)
      : header["x5t#S256"] === thumbprint("sha256", raw),
  );
  if (certificate === undefined) {
    throw new TokenRefusal(
      700027,
      `The certificate with thumbprint '${header["x5t#S256"] ?? header.x5t}' is not registered on the ` +
        `application '${application.clientId}'.`,
    );
  }
  return certificate;
}

function thumbprint(algorithm: "sha1" | "sha256", certificate: Buffer): string {
  return createHash(algorithm).update(certificate).digest("base64url");
}
