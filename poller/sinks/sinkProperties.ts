import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { SettingError } from "../../activity-api/settingError.ts";

/** Reads one property of a sink's JSON; the value is undefined when it is not there. */
export type SinkProperty<Value> = (value: unknown, name: string) => Value;

export type SinkProperties<Settings extends object> = {
  [Name in keyof Settings]-?: SinkProperty<Settings[Name]>;
};

/** @throws SettingError unless it is text that says something. */
export const text: SinkProperty<string> = (value, name) => {
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  if (value === undefined) throw new SettingError(`"${name}" is missing.`);
  throw new SettingError(`"${name}" is ${JSON.stringify(value)}. Write some text, in quotation marks.`);
};

/** The name of a host, without a scheme. */
export const hostName: SinkProperty<string> = (value, name) => {
  const host = text(value, name).toLowerCase();
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host)) return host;
  throw new SettingError(
    `"${name}" is ${JSON.stringify(value)}, which is no host name. Write it like contoso.servicebus.windows.net.`,
  );
};

/** Scheme, host and port: https, or http on loopback. */
export const endpoint: SinkProperty<string> = (value, name) => parseEndpoint(`"${name}"`, text(value, name));

/** The id that a data collection rule has for life, which is not its resource id. */
export const dataCollectionRuleId: SinkProperty<string> = (value, name) => {
  const ruleId = text(value, name).toLowerCase();
  if (/^dcr-[0-9a-f]{32}$/.test(ruleId)) return ruleId;
  throw new SettingError(
    `"${name}" is ${JSON.stringify(value)}, which is no immutable id of a data collection rule. Write dcr- and 32 digits, ` +
      "which the rule's JSON view shows as immutableId.",
  );
};

/** The name of a stream that a data collection rule declares itself. */
export const dataCollectionStream: SinkProperty<string> = (value, name) => {
  const stream = text(value, name);
  if (/^Custom-\w+$/.test(stream)) return stream;
  throw new SettingError(
    `"${name}" is ${JSON.stringify(value)}, which is no stream for rows of others. Write it like Custom-DefenderEvents.`,
  );
};

/** A property that may be left out. */
export function optional<Value>(property: SinkProperty<Value>): SinkProperty<Value | undefined> {
  return (value, name) => (value === undefined ? undefined : property(value, name));
}
