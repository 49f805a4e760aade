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

/** A property that may be left out. */
export function optional<Value>(property: SinkProperty<Value>): SinkProperty<Value | undefined> {
  return (value, name) => (value === undefined ? undefined : property(value, name));
}
