import { Command, InvalidArgumentError, Option } from "commander";
import { parseCloud } from "../activity-api/clouds.ts";
import { parseContentType } from "../activity-api/contentTypes.ts";
import { parseCredential } from "../activity-api/credentialKind.ts";
import { parseEndpoint } from "../activity-api/endpoints.ts";
import { parseClientId, parsePublisherIdentifier, parseTenantId } from "../activity-api/identifiers.ts";
import type { PrerequisiteSettings } from "../activity-api/prerequisites.ts";
import { SettingError } from "../activity-api/settingError.ts";

export interface DoctorOptions extends PrerequisiteSettings {
  json: boolean;
}

/**
 * What the doctor is to look at, as its command was given it. What describes the tenant may come from the poller's
 * environment variables instead, so that the doctor looks at what the poller is told; an option goes before its variable.
 * Ends the process with 1 when something is wrong with them.
 */
export function readOptions(command: Command): DoctorOptions {
  // Portals and pipelines cannot always remove a variable: an empty one is none.
  const given = Object.entries(command.opts()).filter(([, value]) => value !== "");
  const options = Object.fromEntries(given) as unknown as DoctorOptions;
  if (options.tenantId === undefined) command.error("error: set SIEM_TENANT_ID, or give --tenant-id.");
  return options;
}

/** A command of that name, with everything that `readOptions` reads. */
export function commandWithOptions(name: string): Command {
  return new Command(name)
    .description(
      "Looks at all that the integration needs: cloud, service, clock, token, roles, subscriptions, audit logging " +
        "and licence. Changes nothing in the tenant. Ends with 0 when nothing failed, else with 1.",
    )
    .addOption(setting("--tenant-id <guid>", "SIEM_TENANT_ID", "tenant id", parseTenantId))
    .addOption(
      setting(
        "--client-id <guid>",
        "SIEM_CLIENT_ID",
        "client id of the application that collects",
        parseClientId,
      ),
    )
    .addOption(
      setting("--cloud <cloud>", "SIEM_CLOUD", "commercial (default), gcc, gccHigh or dod", parseCloud),
    )
    .addOption(
      setting(
        "--content-types <types>",
        "SIEM_CONTENT_TYPES",
        "content types, separated by commas (default: Audit.General)",
        parseContentTypes,
      ),
    )
    .addOption(
      setting(
        "--credential <kind>",
        "SIEM_CREDENTIAL",
        "how the application proves itself (default: auto, the first credential that is there)",
        parseCredential,
      ),
    )
    .addOption(
      setting(
        "--publisher-identifier <guid>",
        "SIEM_PUBLISHER_ID",
        "publisher identifier (default: the tenant id)",
        parsePublisherIdentifier,
      ),
    )
    .addOption(
      setting(
        "--activity-api-url <url>",
        "SIEM_ACTIVITY_API_URL",
        "Management Activity API instead of the cloud's own",
        url => parseEndpoint("The Management Activity API's URL", url),
      ),
    )
    .addOption(
      setting("--authority-url <url>", "SIEM_AUTHORITY_URL", "login host instead of the cloud's own", url =>
        parseEndpoint("The login host's URL", url),
      ),
    )
    .option(
      "--before-deployment",
      "take a subscription that is not enabled for one that is still to be started",
      false,
    )
    .option("--json", "print the report as JSON", false)
    .helpOption("--help", "show this");
}

function setting<T>(
  flags: string,
  variable: string,
  description: string,
  parse: (value: string) => T,
): Option {
  return new Option(flags, description).env(variable).argParser(value => {
    if (value.trim() === "") return "";
    try {
      return parse(value);
    } catch (error) {
      throw error instanceof SettingError ? new InvalidArgumentError(error.message) : error;
    }
  });
}

function parseContentTypes(value: string): string[] {
  return value.split(",").map(item => parseContentType(item.trim()));
}
