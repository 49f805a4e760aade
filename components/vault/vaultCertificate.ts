import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import { ShimmedResource } from "../pulumi/shimmedResource.ts";

export interface VaultCertificateArgs {
  /** URI of the key vault, such as `https://contoso.vault.azure.net/`. */
  vaultUri: pulumi.Input<string>;
  /** Name of the certificate in the vault: letters, digits and hyphens. */
  certificateName: pulumi.Input<string>;
  /** Tenant id (a GUID) of the Azure subscription, which the deployer gets its token from. */
  tenantId: pulumi.Input<string>;
  /** Subject of the certificate. Defaults to `CN=` and its name. */
  subject?: pulumi.Input<string>;
  /** Months that a version of it is valid, from 1 to 24. Defaults to 12. */
  validityMonths?: pulumi.Input<number>;
  /** Days before its end from which on an update makes a new version, from 1 to 365. Defaults to 90. */
  renewBeforeDays?: pulumi.Input<number>;
  /** Minutes that the deployer's role on the vault may take to hold, from 1 to 60. Defaults to 10. */
  roleTimeoutMinutes?: pulumi.Input<number>;
  /** Microsoft cloud of the vault: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
}

/**
 * A self-signed certificate that a key vault makes, with an RSA key that cannot leave it. What is in state is public. The
 * deployer needs the role Key Vault Certificates Officer on the vault, and its client id in ARM_CLIENT_ID or
 * AZURE_CLIENT_ID, or a login of the Azure CLI.
 *
 * A new version is made by an update when the old one is about to expire, was disabled or is gone; a preview shows it. The
 * old version stays as it is, so that what still signs with it goes on. A destroy leaves all of them: they go with the
 * vault, and a certificate that is on no application proves nothing.
 *
 * ```ts
 * new VaultCertificate("key", { vaultUri, certificateName: "reader", tenantId });
 * ```
 */
export class VaultCertificate extends ShimmedResource {
  /** The certificate, without its key: DER in base64. */
  declare readonly certificate: pulumi.Output<string>;
  /** SHA-256 of the certificate in hexadecimal digits. */
  declare readonly thumbprint: pulumi.Output<string>;
  /** Id of the key, with its version. */
  declare readonly keyId: pulumi.Output<string>;
  /** When the certificate ends, in ISO 8601. */
  declare readonly notAfter: pulumi.Output<string>;

  constructor(name: string, args: VaultCertificateArgs, opts?: pulumi.CustomResourceOptions) {
    // Undefined: the provider's answer fills them in.
    const outputs = { certificate: undefined, thumbprint: undefined, keyId: undefined, notAfter: undefined };
    super("VaultCertificate", "vault-certificate-provider", name, { ...outputs, ...args }, opts);
  }
}
