const publisherParameter = "PublisherIdentifier";

/**
 * Path and query of a link that the service gave, with the publisher identifier added when it is missing: Microsoft's
 * sample of a page link has none. Otherwise they stay as they are: a `contentId` must not be encoded anew.
 *
 * @returns undefined when the link leaves `origin`: the token belongs to that host alone.
 */
export function pathOfLink(link: string, origin: string, publisherIdentifier: string): string | undefined {
  const url = URL.parse(link);
  if (url === null || url.origin !== origin) return undefined;
  const path = url.pathname + url.search;
  if (hasPublisher(url)) return path;
  return `${path}${url.search === "" ? "?" : "&"}${publisherParameter}=${publisherIdentifier}`;
}

/** Parameter names are read without regard to case, as the service does. */
function hasPublisher(url: URL): boolean {
  return [...url.searchParams.keys()].some(name => name.toLowerCase() === publisherParameter.toLowerCase());
}
