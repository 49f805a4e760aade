import type { Command } from "commander";
import { prerequisiteTable } from "../activity-api/prerequisites/table.ts";
import { checkPrerequisites, hasFailed, type PrerequisiteReport } from "../activity-api/prerequisites.ts";
import { commandWithOptions, type DoctorOptions, readOptions } from "./options.ts";

/** Names the first broken link between the tenant and the SIEM, and how to mend it. */
export function doctorCommand(name = "doctor"): Command {
  return commandWithOptions(name).action(async (_given, command: Command) => {
    const options = readOptions(command);
    const report = await checkPrerequisites(options);
    console.log(options.json ? asJson(options, report) : asText(options, report));
    process.exitCode = hasFailed(report) ? 1 : 0;
  });
}

function asJson({ tenantId, clientId }: DoctorOptions, { checks }: PrerequisiteReport): string {
  return JSON.stringify({ tenantId, clientId, checks }, null, 2);
}

function asText({ tenantId, clientId }: DoctorOptions, { checks }: PrerequisiteReport): string {
  const whose = clientId === undefined ? "" : `, application ${clientId}`;
  const count = (state: string) => checks.filter(check => check.state === state).length;
  return [
    `Tenant ${tenantId}${whose}`,
    "",
    prerequisiteTable(checks, process.stdout.columns),
    "",
    `${count("ok")} ok, ${count("failed")} failed, ${count("unknown")} unknown`,
  ].join("\n");
}
