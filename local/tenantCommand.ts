import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { readEventLines } from "./activity/eventLines.ts";
import { OBSERVED_KNOBS } from "./activity/knobs.ts";
import { closeOnInterrupt } from "./interrupt.ts";
import { type LocalTenant, startTenant } from "./tenant.ts";

/** `npm run tenant`: the local tenant by itself, for clients of one's own and of others. */
const command = new Command("npm run tenant --")
  .description("Starts a tenant on loopback: Entra, the Office 365 Management Activity API and Azure.")
  .option(
    "--events <file>",
    "publish the events of an NDJSON file as content blobs of Audit.General, byte for byte",
    collect,
    [],
  )
  .option(
    "--client <id:secret>",
    "register an application with this client id and secret, consented",
    parseClient,
    [],
  )
  .option("--tenant-id <guid>", "tenant id (default: a new one)", parseGuid)
  .helpOption("--help", "show this");

interface Options {
  events: string[];
  client: Client[];
  tenantId?: string;
}

interface Client {
  clientId: string;
  secret: string;
}

const options = command.parse().opts<Options>();
const eventFiles = await readEventFiles(options.events);
const tenant = await startTenant({ tenantId: options.tenantId, knobs: OBSERVED_KNOBS });
for (const { clientId, secret } of options.client) tenant.directory.registerConsentedClient(clientId, secret);
for (const { file, lines } of eventFiles) publish(tenant, file, lines);
console.log(describe(tenant, options.client));
closeOnInterrupt(() => tenant.close());

/** Before anything is started: a file that cannot be read should leave nothing running. */
async function readEventFiles(files: string[]): Promise<{ file: string; lines: string[] }[]> {
  try {
    return await Promise.all(
      files.map(async file => ({ file, lines: readEventLines(await readFile(file)) })),
    );
  } catch (error) {
    return command.error(`error: --events: ${(error as Error).message}`);
  }
}

function publish({ activity }: LocalTenant, file: string, lines: string[]): void {
  // In the order of the file and each event once: who replays a file wants to find it again.
  const blobs = activity.publish("Audit.General", lines, { duplicateShare: 0, shuffle: false });
  console.log(
    `Published ${lines.length} events of ${file} in ${blobs.length} content blobs of Audit.General.`,
  );
}

function describe(tenant: LocalTenant, clients: Client[]): string {
  const { authorityUrl, activityApiUrl } = tenant.configuration;
  return `
Local tenant ${tenant.tenantId}

  Entra                    ${authorityUrl}
  Management Activity API  ${activityApiUrl}   (audience https://manage.office.com)
  Admin                    ${tenant.admin.url}/admin
  Certificate authority    ${tenant.tls.caFile}
${clients.map(({ clientId }) => `  Consented client         ${clientId}`).join("\n")}

A client of this project:

  export NODE_EXTRA_CA_CERTS=${tenant.tls.caFile}
  export SIEM_TENANT_ID=${tenant.tenantId} SIEM_AUTHORITY_URL=${authorityUrl} SIEM_ACTIVITY_API_URL=${activityApiUrl}
  export SIEM_CLIENT_ID=${clients[0]?.clientId ?? "<id>"} SIEM_CLIENT_SECRET=<secret> SIEM_STORE=./siem-events
  export SIEM_SELF_HEAL=true   # the first run starts the subscription
  npm run poll -- --once

Publish more:  curl --data-binary @events.ndjson '${tenant.admin.url}/admin/events?contentType=Audit.General'
Stop:          Ctrl-C, or kill ${process.pid}
`;
}

function collect(file: string, files: string[]): string[] {
  return [...files, file];
}

function parseClient(value: string, clients: Client[]): Client[] {
  const colon = value.indexOf(":");
  // The value is not repeated: what follows the colon is a secret.
  if (colon < 1 || colon === value.length - 1) {
    throw new InvalidArgumentError("Write the client id (a GUID), a colon and the secret.");
  }
  return [...clients, { clientId: parseGuid(value.slice(0, colon)), secret: value.slice(colon + 1) }];
}

function parseGuid(value: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return value.toLowerCase();
  throw new InvalidArgumentError(`"${value}" is not a GUID like 11111111-2222-4333-8444-555555555555.`);
}
