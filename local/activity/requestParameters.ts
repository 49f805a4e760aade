/** The parameters that the API knows; any other is ignored without a word, like a mistyped `amp;startTime`. */
export interface RequestParameters {
  contentType?: string;
  startTime?: string;
  endTime?: string;
  nextPage?: string;
  publisherIdentifier?: string;
}

const NAMES = ["contentType", "startTime", "endTime", "nextPage", "publisherIdentifier"] as const;

/** Names are read without regard to letter case: Filebeat sends `publisherIdentifier`. */
export function readParameters(query: string): RequestParameters {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const key = name.toLowerCase();
    if (!given.has(key)) given.set(key, value);
  }
  const parameters: RequestParameters = {};
  for (const name of NAMES) {
    const value = given.get(name.toLowerCase());
    if (value !== undefined) parameters[name] = value;
  }
  return parameters;
}

export function isGuid(value: string): boolean {
  return /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value);
}

/** What the service logs for a caller that names no publisher, and what its AF429 then shows. */
export const NO_PUBLISHER = "00000000-0000-0000-0000-000000000000";
