import { prerequisiteTable } from "../activity-api/prerequisites/table.ts";
import { checkPrerequisites, hasFailed, type PrerequisiteReport } from "../activity-api/prerequisites.ts";
import { readOptions } from "./options.ts";

/** `npm run doctor`: names the first broken link between the tenant and the SIEM, and how to mend it. */
const options = readOptions();
const report = await checkPrerequisites(options);
console.log(options.json ? asJson(report) : asText(report));
process.exitCode = hasFailed(report) ? 1 : 0;

function asJson({ checks }: PrerequisiteReport): string {
  const { tenantId, clientId } = options;
  return JSON.stringify({ tenantId, clientId, checks }, null, 2);
}

function asText({ checks }: PrerequisiteReport): string {
  const { tenantId, clientId } = options;
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
