import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { parseClientId } from "../../activity-api/identifiers.ts";
import { SettingError } from "../../activity-api/settingError.ts";

/** Where metrics go and who sends them. */
export interface TelemetrySettings {
  /** Names the Application Insights component. It is no secret where the component takes Entra tokens only. */
  instrumentationKey: string;
  /** Scheme, host and port. */
  ingestionEndpoint: string;
  /** What tokens are asked for. */
  scope: string;
  /** The user-assigned identity that sends; undefined for whatever @azure/identity finds. */
  managedIdentityClientId: string | undefined;
}

/** Where components of the time before connection strings take telemetry. */
const GLOBAL_ENDPOINT = "https://dc.services.visualstudio.com";
const AUDIENCE = "https://monitor.azure.com";

/**
 * Reads the variables by which Azure Functions itself finds its component: `APPLICATIONINSIGHTS_CONNECTION_STRING` and
 * `APPLICATIONINSIGHTS_AUTHENTICATION_STRING`.
 * https://learn.microsoft.com/azure/azure-monitor/app/sdk-connection-string
 *
 * @throws SettingError that says what is wrong with them.
 */
export function readTelemetrySettings(
  connectionString: string,
  authenticationString: string,
): TelemetrySettings {
  const connection = readPairs(connectionString);
  const key = connection.get("instrumentationkey");
  if (key === undefined)
    throw new SettingError(
      "The connection string has no InstrumentationKey. Take it from the component's property connectionString.",
    );
  const clientId = readPairs(authenticationString).get("clientid");
  return {
    instrumentationKey: key,
    ingestionEndpoint: parseEndpoint(
      "IngestionEndpoint",
      (connection.get("ingestionendpoint") ?? GLOBAL_ENDPOINT).replace(/\/+$/, ""),
    ),
    scope: `${(connection.get("aadaudience") ?? AUDIENCE).replace(/\/+$/, "")}/.default`,
    managedIdentityClientId: clientId === undefined ? undefined : parseClientId(clientId),
  };
}

/** `Name=value` with semicolons between; names in any letter case. */
function readPairs(text: string): Map<string, string> {
  const pairs = text.split(";").map(pair => /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(pair));
  return new Map(
    pairs.flatMap(pair =>
      pair?.[1] === undefined || pair[2] === undefined ? [] : [[pair[1].toLowerCase(), pair[2]]],
    ),
  );
}
