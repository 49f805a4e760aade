/** A finding of checkov that is accepted. */
export interface Suppression {
  /** Id of the check. */
  check: string;
  /** Type of the resource that it is accepted for. */
  type: string;
  /** The integrations for which the finding comes; any other is not accepted. Defaults to all. */
  only?: string;
  reason: string;
}

const ACCOUNT = "Microsoft.Storage/storageAccounts";
const SITE = "Microsoft.Web/sites";
const VAULT = "Microsoft.KeyVault/vaults";
const SECRET = "Microsoft.KeyVault/vaults/secrets";

/** What checkov finds and nobody is going to change, each with the reason. One that is not needed any more fails a test. */
export const SUPPRESSIONS: readonly Suppression[] = [
  {
    check: "CKV_AZURE_35",
    type: ACCOUNT,
    only: "default",
    reason:
      "With network: public the storage firewall is open: a function app without a virtual network is no trusted service. " +
      "Keys are off, so that every request carries an Entra token. network: private closes it.",
  },
  {
    check: "CKV_AZURE_59",
    type: ACCOUNT,
    only: "default",
    reason:
      "The same: with network: public the accounts are reached by their public endpoints, by Entra identities only.",
  },
  {
    check: "CKV_AZURE_206",
    type: ACCOUNT,
    reason:
      "The check knows geo-redundancy only. Three zones of one region are chosen: events stay in their region, and the " +
      "service can list them again for seven days.",
  },
  {
    check: "CKV_AZURE_17",
    type: SITE,
    reason: "Client certificates are for those who call an app. This one has a timer and no HTTP function.",
  },
  {
    check: "CKV_AZURE_78",
    type: SITE,
    reason:
      "Flex Consumption refuses ftpsState (error 51021). FTP is off by the publishing policy of the app.",
  },
  {
    check: "CKV_AZURE_212",
    type: SITE,
    reason:
      "One timer runs on one instance, whatever their number. A run that is lost is made up by the next.",
  },
  {
    check: "CKV_AZURE_213",
    type: SITE,
    reason: "A health check asks an HTTP function, and there is none. An alert tells when no run completes.",
  },
  {
    check: "CKV_AZURE_222",
    type: SITE,
    reason:
      "The publishing site has to be reached by the pipeline that publishes, with a bearer token only; passwords are off.",
  },
  {
    check: "CKV_AZURE_225",
    type: "Microsoft.Web/serverfarms",
    reason:
      "A zone that fails delays a run. The ledger takes up where it was, and content can be listed for seven days.",
  },
  {
    check: "CKV_AZURE_109",
    type: VAULT,
    reason:
      "The platform resolves Key Vault references of an app without a virtual network from addresses that are not known " +
      "before, and pipelines have certificates made from such. A vault takes Entra tokens only, and holds one secret or key.",
  },
  {
    check: "CKV_AZURE_189",
    type: VAULT,
    reason: "The same: a vault is reached by its public endpoint, by the identities that hold a role on it.",
  },
  {
    check: "CKV_AZURE_41",
    type: SECRET,
    reason:
      "Splunk's tokens do not expire, and a date here would end the sink while the token is still good.",
  },
];
