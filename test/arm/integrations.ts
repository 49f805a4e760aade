import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { SiemIntegration } from "../../components/integration/siemIntegration.ts";
import type { SiemIntegrationArgs } from "../../components/integration/siemIntegrationArgs.ts";
import { declare, TENANT_ID } from "../mocks/declare.ts";
import { type ArmTemplate, armTemplate } from "./template.ts";

const required = { tenantId: TENANT_ID, location: "westeurope" };

/** The integrations whose templates are written: what nobody has asked for anything, and everything at once. */
export const INTEGRATIONS: Record<string, SiemIntegrationArgs> = {
  default: required,
  full: {
    ...required,
    contentTypes: ["Audit.General", "DLP.All"],
    network: "private",
    pollerCredential: "certificate",
    sinks: {
      hub: { kind: "eventHubs" },
      logs: { kind: "logsIngestion" },
      splunk: { kind: "splunkHec", url: "https://splunk.contoso.com:8088", index: "defender" },
    },
    sinkTokens: { splunk: "not-a-token" },
    monitoring: { alertEmails: ["soc@contoso.com"] },
    tags: { owner: "soc" },
  },
};

/** The template of the integration with these arguments, from the program under Pulumi's mocks. */
export async function templateOf(args: SiemIntegrationArgs): Promise<ArmTemplate> {
  const { resources } = await declare(() => new SiemIntegration("defender", args));
  return armTemplate(resources);
}

/** Writes a template for each integration into the folder, which is made where it is not there. */
export async function writeTemplates(folder: string): Promise<{ file: string; resources: number }[]> {
  await mkdir(folder, { recursive: true });
  const written = [];
  for (const [name, args] of Object.entries(INTEGRATIONS)) {
    const file = path.join(folder, `${name}.json`);
    const template = await templateOf(args);
    await writeFile(file, `${JSON.stringify(template, null, 2)}\n`);
    written.push({ file, resources: template.resources.length });
  }
  return written;
}
