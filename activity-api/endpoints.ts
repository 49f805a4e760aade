import { SettingError } from "./settingError.ts";

/**
 * An address that replaces one of Microsoft's, for a proxy or a test: scheme, host and port, without a slash at the end.
 *
 * @param name what the address is for, as the user knows the setting: it opens every error.
 * @throws SettingError unless it is https (loopback may be http: nobody else can listen there) and nothing but an origin.
 */
export function parseEndpoint(name: string, value: string): string {
  const url = URL.parse(value);
  if (url === null)
    throw new SettingError(
      `${name} ${JSON.stringify(value)} is not a URL. Write it like https://host.example:8443.`,
    );
  // Before anything is printed: a password must not reach a log by way of an error.
  if (url.username !== "" || url.password !== "")
    throw new SettingError(`${name} holds a user name or password, for the host ${url.host}. Remove it.`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname)))
    throw new SettingError(
      `${name} "${value}" is not https. Tokens go there: use https (http is for loopback only).`,
    );
  if (url.pathname !== "/" || /[?#]/.test(value))
    throw new SettingError(
      `${name} "${withoutQuery(url)}" is more than a host. Write ${url.origin}: paths and queries are added by this program.`,
    );
  return url.origin;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** A query may carry a key, such as the signature of a shared access URL. */
function withoutQuery(url: URL): string {
  return url.origin + url.pathname;
}
