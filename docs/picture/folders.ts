/** What the picture of the architecture shows: each folder with a line on what is in it. */
export const FOLDERS: Readonly<Record<string, string>> = {
  "index.ts": "the stack of this repository",
  "components/index.ts": "what a user may construct",
  "components/integration": "SiemIntegration, the whole of it",
  "components/tenants": "many tenants on one platform",
  "components/application": "application, consent, its proof",
  "components/subscription": "AuditSubscription",
  "components/poller": "function app and its rights",
  "components/functionPackage": "publishes the poller's code",
  "components/sinks": "Event Hubs, Log Analytics, Splunk",
  "components/storage": "event store and ledger",
  "components/network": "private network, endpoints",
  "components/vault": "key vaults, certificates",
  "components/monitoring": "alerts, workbook, workspace",
  "components/deployer": "what the deployer may and does",
  "components/azure": "names, roles, what exists",
  "components/pulumi": "checks, dynamic resources",
  poller: "list, fetch, keep, deliver, commit",
  doctor: "looks at what a feed needs",
  command: "npx defender-siem",
  plugin: "components for other languages",
  "activity-api": "the one client of Microsoft's feed",
};

/** What is outside of this project, by the folder that speaks with it. */
export const OUTSIDE: readonly { name: string; what: string; folder: string; isCaller: boolean }[] = [
  { name: "pulumi up", what: "flow 1: declare", folder: "index.ts", isCaller: true },
  { name: "timer, every 5 minutes", what: "flow 2: collect", folder: "poller", isCaller: true },
  {
    name: "Management Activity API",
    what: "content, and tokens from Entra",
    folder: "activity-api",
    isCaller: false,
  },
  { name: "event store, SIEM", what: "events, exactly once", folder: "poller", isCaller: false },
];
