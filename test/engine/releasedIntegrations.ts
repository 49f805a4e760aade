/** The integrations whose states are recorded at a release: as it is without settings, and with all that it can have. */
export const RELEASED_INTEGRATIONS: Record<
  string,
  { configuration: Record<string, unknown>; secrets: Record<string, string> }
> = {
  default: { configuration: {}, secrets: {} },
  everything: {
    configuration: {
      contentTypes: ["Audit.General", "Audit.Exchange"],
      pollerCredential: "certificate",
      network: "private",
      monitoring: { alertEmails: ["soc@contoso.example"] },
      tags: { costCenter: "soc" },
      sinks: {
        hub: { kind: "eventHubs" },
        logs: { kind: "logsIngestion" },
        splunk: { kind: "splunkHec", url: "https://splunk.contoso.example:8088", index: "defender" },
      },
    },
    secrets: { "sinkTokens.splunk": "not-a-token" },
  },
};
