import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** What the local host reads of host.json. */
export interface HostConfiguration {
  /** How long one invocation may take; undefined where the app allows any length. */
  functionTimeoutMilliseconds: number | undefined;
}

/** The default of Flex Consumption. https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout */
const DEFAULT_FUNCTION_TIMEOUT = "00:30:00";

/**
 * Reads host.json at the root of the package.
 *
 * @throws Error as the host would say it: it starts without functions when the file is missing, and not at all when it
 * is invalid.
 */
export async function readHostConfiguration(packageFolder: string): Promise<HostConfiguration> {
  const text = await readFile(path.join(packageFolder, "host.json"), "utf8").catch(() => undefined);
  if (text === undefined) throw new Error(await missingHostJson(packageFolder));
  const declared = parse(text);
  if (declared.version !== "2.0")
    throw new Error(
      `The host.json file is missing the required 'version' property, or its value ${JSON.stringify(declared.version)} ` +
        `is not "2.0". See https://aka.ms/functions-hostjson.`,
    );
  return { functionTimeoutMilliseconds: parseTimeSpan(declared.functionTimeout ?? DEFAULT_FUNCTION_TIMEOUT) };
}

/** Azure/azure-functions-host#10432: the host says where it found one when the package was zipped a folder too high. */
async function missingHostJson(packageFolder: string): Promise<string> {
  const files = await readdir(packageFolder, { recursive: true });
  const elsewhere = files.filter(file => path.basename(file) === "host.json");
  return elsewhere.length > 0
    ? `No functions were found. A valid host.json file wasn't found in the package root. However, one was located at: ${elsewhere.join(", ")}.`
    : "No functions were found. Make sure that the deployment package includes the host.json file in the root of the package.";
}

function parse(text: string): { version?: unknown; functionTimeout?: unknown } {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Unable to parse host configuration file 'host.json'. ${(error as Error).message}`);
  }
}

/** Hours, minutes, seconds, as .NET writes a TimeSpan; "-1" is no limit. */
function parseTimeSpan(text: unknown): number | undefined {
  if (text === "-1") return undefined;
  const [, hours, minutes, seconds] = /^(\d{1,2}):([0-5]\d):([0-5]\d)$/.exec(String(text)) ?? [];
  if (hours === undefined)
    throw new Error(
      `'${text}' is not a valid functionTimeout in host.json. Write hours, minutes and seconds: 00:10:00.`,
    );
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
