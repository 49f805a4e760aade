import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import type { Vault } from "@pulumi/azure-native/keyvault/vault.js";
import * as pulumi from "@pulumi/pulumi";
import { Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { parseTenantId } from "../../activity-api/identifiers.ts";
import {
  AzureRole,
  chooseRoleAssignments,
  grantRole,
  type RoleAssignments,
} from "../azure/roleAssignments.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { keepDerived } from "../pulumi/keepDerived.ts";
import { checked } from "../pulumi/validation.ts";
import { createKeyVault } from "../vault/keyVault.ts";
import { VaultCertificate } from "../vault/vaultCertificate.ts";

export interface ApplicationKeyArgs {
  /** Resource group that holds the key vault. */
  resourceGroupName: pulumi.Input<string>;
  /** Azure region. Defaults to the region of the resource group. */
  location?: pulumi.Input<string>;
  /** Tenant id (a GUID) of the Azure subscription. */
  tenantId: pulumi.Input<string>;
  /** Object ids of managed identities that may sign with the key, by a name for each. */
  signers: Record<string, pulumi.Input<string>>;
  /** `grant` assigns the Azure roles; `manual` leaves them to another person, see the output manualSteps. Plain, since it decides which resources there are. Defaults to grant. */
  roleAssignments?: RoleAssignments;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Tags of the vault. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
}

/** No sink is called like that, so that this vault is none of theirs. */
const PURPOSE = "application key";

/** The client by which a person deploys: the Azure CLI's own. Whoever else deploys is a service principal. */
const AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/**
 * What an application proves itself with where neither federated credentials nor roles for managed identities are
 * allowed: a certificate whose key is made in a key vault of its own and cannot leave it. The vault holds nothing else, so
 * that a role on it is one on the key. The deployer gets the right to have it made, and may not sign with it.
 *
 * ```ts
 * const key = new ApplicationKey("defender", { resourceGroupName: group.name, tenantId, signers: { poller: identity.principalId } });
 * const app = new AppRegistration("defender", { tenantId, certificates: { poller: key } });
 * ```
 */
export class ApplicationKey extends pulumi.ComponentResource {
  /** Id of the key, with its version: what a poller signs with. */
  readonly keyId: pulumi.Output<string>;
  /** SHA-256 of the certificate in hexadecimal digits. */
  readonly thumbprint: pulumi.Output<string>;
  /** The certificate, which is public: DER in base64. */
  readonly certificate: pulumi.Output<string>;
  /** When the certificate ends, in ISO 8601. From 90 days before, an update makes a new one. */
  readonly notAfter: pulumi.Output<string>;
  /** Commands that another person has to run; empty when this program did it all. */
  readonly manualSteps: pulumi.Output<string[]>;

  constructor(name: string, args: ApplicationKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:ApplicationKey", name, componentInputs(args), opts);
    const manualSteps = collectManualSteps(this);
    chooseRoleAssignments(this, args.roleAssignments);
    const { resourceGroupName, location, tags } = args;
    const vault = createKeyVault(
      { component: name, purpose: PURPOSE, resourceGroupName, location, tags },
      this,
    );
    grantSigning(name, vault, args, this);
    const made = makeCertificate(name, vault, args, this);

    this.keyId = made.keyId;
    this.thumbprint = made.thumbprint;
    this.certificate = made.certificate;
    this.notAfter = made.notAfter;
    this.manualSteps = manualSteps();
    this.registerOutputs({
      keyId: this.keyId,
      thumbprint: this.thumbprint,
      certificate: this.certificate,
      notAfter: this.notAfter,
      manualSteps: this.manualSteps,
    });
  }
}

/** On the vault rather than the key, so that the role has begun to spread by the time there is a key. */
function grantSigning(name: string, vault: Vault, args: ApplicationKeyArgs, parent: ApplicationKey): void {
  for (const [signer, principalObjectId] of Object.entries(args.signers))
    grantRole(
      `${name}-${signer}-signs`,
      { scope: vault.id, role: AzureRole.keyVaultCryptoUser, principalObjectId },
      { parent },
    );
}

function makeCertificate(
  name: string,
  vault: Vault,
  args: ApplicationKeyArgs,
  parent: ApplicationKey,
): VaultCertificate {
  const deployer = getClientConfigOutput({ parent });
  const mayMake = grantRole(
    `${name}-deployer-makes-certificate`,
    {
      scope: vault.id,
      role: AzureRole.keyVaultCertificatesOfficer,
      principalObjectId: deployer.objectId,
      principalType: deployer.clientId.apply(id => (id === AZURE_CLI ? "User" : "ServicePrincipal")),
    },
    { parent },
  );
  return new VaultCertificate(
    `${name}-certificate`,
    {
      vaultUri: vault.properties.apply(({ vaultUri }) => vaultUri ?? ""),
      certificateName: "application",
      subject: `CN=${name}`,
      tenantId: checked(parent, "tenantId", args.tenantId, parseTenantId),
      cloud: checked(parent, "cloud", args.cloud ?? Cloud.commercial, parseCloud),
      authorityUrl: args.authorityUrl,
    },
    keepDerived("subject", undefined, { parent, dependsOn: [mayMake], deletedWith: vault }),
  );
}
