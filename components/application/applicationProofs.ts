import { ApplicationCertificate } from "@pulumi/azuread/applicationCertificate.js";
import { ApplicationFederatedIdentityCredential } from "@pulumi/azuread/applicationFederatedIdentityCredential.js";
import * as pulumi from "@pulumi/pulumi";
import { CLOUDS, type Cloud } from "../../activity-api/clouds.ts";
import { leaveToAnotherPerson } from "../deployer/manualSteps.ts";
import { keepDerived } from "../pulumi/keepDerived.ts";
import type { AppRegistrationArgs, TrustedPipeline } from "./appRegistration.ts";

/** The application that others act as, be it new or somebody else's. */
export interface ProvedApplication {
  objectId: pulumi.Output<string>;
  /** Where credentials are declared; undefined where the application is not changed. */
  applicationId: pulumi.Output<string> | undefined;
}

/** Who issues the tokens of managed identities, and whom they are for. */
export interface Authority {
  tenantId: pulumi.Output<string>;
  cloud: pulumi.Output<Cloud>;
  authorityUrl: pulumi.Output<string>;
}

/** By their own tokens: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity */
export function trustIdentities(
  name: string,
  application: ProvedApplication,
  authority: Authority,
  args: AppRegistrationArgs,
  parent: pulumi.Resource,
) {
  const issuer = pulumi.interpolate`${authority.authorityUrl}/${authority.tenantId}/v2.0`;
  for (const [identity, objectId] of Object.entries(args.trustedIdentities ?? {})) {
    trust(`${name}-trusts-${identity}`, application, { issuer, subject: objectId }, authority, parent);
  }
}

/** By the tokens of their CI systems. */
export function trustPipelines(
  name: string,
  application: ProvedApplication,
  authority: Authority,
  args: AppRegistrationArgs,
  parent: pulumi.Resource,
) {
  for (const [pipeline, token] of Object.entries(args.trustedPipelines ?? {})) {
    trust(`${name}-trusts-${pipeline}`, application, token, authority, parent);
  }
}

function trust(
  name: string,
  { applicationId, objectId }: ProvedApplication,
  { issuer, subject }: TrustedPipeline,
  authority: Authority,
  parent: pulumi.Resource,
): void {
  const audiences = authority.cloud.apply(cloud => [CLOUDS[cloud].tokenExchangeAudience]);
  if (applicationId === undefined) {
    const parameters = pulumi.jsonStringify({ name, issuer, subject, audiences });
    leaveToAnotherPerson(
      parent,
      `the federated credential ${name} of the existing application`,
      pulumi.interpolate`az ad app federated-credential create --id ${objectId} --parameters ${parameters.apply(quoted)}`,
    );
    return;
  }
  new ApplicationFederatedIdentityCredential(
    name,
    { applicationId, displayName: name, issuer, subject, audiences },
    keepDerived("displayName", undefined, { parent }),
  );
}

/**
 * A new version of a certificate is a resource that replaces the one of the old, and the old one goes when everything else
 * is done: until the poller has the new key, both prove the application.
 */
export function addCertificates(
  name: string,
  { applicationId, objectId }: ProvedApplication,
  args: AppRegistrationArgs,
  parent: pulumi.Resource,
): void {
  for (const [holder, { certificate, notAfter }] of Object.entries(args.certificates ?? {})) {
    if (applicationId === undefined) {
      leaveToAnotherPerson(
        parent,
        `the certificate ${name}-certificate-of-${holder} of the existing application`,
        pulumi.interpolate`az ad app credential reset --id ${objectId} --append --cert "${certificate}"`,
      );
      continue;
    }
    new ApplicationCertificate(
      `${name}-certificate-of-${holder}`,
      {
        applicationId,
        type: "AsymmetricX509Cert",
        encoding: "base64",
        value: certificate,
        endDate: notAfter,
      },
      { parent },
    );
  }
}

/** For a shell, as one word in which nothing has a meaning but what is escaped. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\$`]/g, "\\$&")}"`;
}
