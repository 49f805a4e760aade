import { resolve } from "node:path";
import { SettingError } from "../../activity-api/settingError.ts";

/** A blob container, by its URL, or a folder, by its absolute path. */
export type StoreLocation = { kind: "container"; url: string } | { kind: "folder"; path: string };

/**
 * The URL of a blob container, or a folder, relative to the working directory.
 *
 * @throws SettingError for any other URL, and for one that holds a key: access is by identity.
 */
export function parseStoreLocation(value: string): StoreLocation {
  const trimmed = value.trim();
  // One letter before the colon is a drive.
  if (/^[a-z][a-z0-9+.-]+:/i.test(trimmed)) return { kind: "container", url: parseContainerUrl(trimmed) };
  return { kind: "folder", path: resolve(trimmed) };
}

export function describeStoreLocation(location: StoreLocation): string {
  return location.kind === "container" ? location.url : location.path;
}

function parseContainerUrl(value: string): string {
  const url = URL.parse(value);
  const example = "https://ACCOUNT.blob.core.windows.net/CONTAINER";
  if (url === null) throw new SettingError(`"${value}" is not a URL. Use one like ${example}, or a folder.`);
  // Before anything is printed: what follows may be a key.
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "")
    throw new SettingError(
      `The URL of ${url.host} has a query or a password. Leave it out: the store is read and written by identity, never with a key.`,
    );
  if (url.protocol !== "https:")
    throw new SettingError(
      `"${value}" is not https. Use the URL of a blob container like ${example}, or a folder.`,
    );
  const path = url.pathname.replace(/\/+$/, "");
  if (path === "") throw new SettingError(`"${value}" names no container. Use a URL like ${example}.`);
  return url.origin + path;
}
