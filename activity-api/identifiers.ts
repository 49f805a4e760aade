import { SettingError } from "./settingError.ts";

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const emptyGuid = "00000000-0000-0000-0000-000000000000";

interface Identifier {
  called: string;
  whereToFindIt: string;
}

/**
 * The tenant's GUID in lower case, as tokens write it.
 *
 * @throws SettingError for anything else, a domain name included: the API answers it with AF20013.
 */
export function parseTenantId(value: string): string {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(value)) throw new SettingError(domainNameAdvice(value));
  return parseGuid(value, {
    called: "tenant id",
    whereToFindIt: `Copy "Tenant ID" from the overview of the Entra admin center.`,
  });
}

function domainNameAdvice(domain: string): string {
  return (
    `The tenant id "${domain}" is a domain name; the Management Activity API takes the tenant's GUID only. ` +
    `Copy "Tenant ID" from the overview of the Entra admin center, or take the GUID in the "issuer" that ` +
    `https://login.microsoftonline.com/${domain}/v2.0/.well-known/openid-configuration returns.`
  );
}

/**
 * The GUID of an application in lower case.
 *
 * @throws SettingError for anything that is not a GUID.
 */
export function parseClientId(value: string): string {
  return parseGuid(value, {
    called: "client id",
    // An object id looks exactly the same, so that only the name of the field can be told.
    whereToFindIt:
      `Copy "Application (client) ID" from the app registration's overview in Entra, ` +
      `not its object id and not that of the enterprise application.`,
  });
}

/**
 * The GUID by which the API counts requests, in lower case.
 *
 * @throws SettingError for anything that is not a GUID, and for the empty one, which stands for "no publisher".
 */
export function parsePublisherIdentifier(value: string): string {
  return parseGuid(value, {
    called: "publisher identifier",
    whereToFindIt:
      `It is the tenant id of the company that wrote the client, neither a name nor a client id. ` +
      `For your own tenant, leave it out: your tenant id is used.`,
  });
}

function parseGuid(value: string, { called, whereToFindIt }: Identifier): string {
  if (guid.test(value) && value !== emptyGuid) return value.toLowerCase();
  if (value === "") throw new SettingError(`The ${called} is empty. ${whereToFindIt}`);
  if (value === emptyGuid)
    throw new SettingError(`The ${called} "${value}" is the empty GUID. ${whereToFindIt}`);
  if (guid.test(withoutBlanks(value)))
    throw new SettingError(
      `The ${called} ${JSON.stringify(value)} has blank characters around the GUID. Remove them: ` +
        `the service takes them for a part of it. Write ${withoutBlanks(value)}.`,
    );
  throw new SettingError(
    `The ${called} ${JSON.stringify(value)} is not a GUID like ` +
      `11111111-2222-4333-8444-555555555555. ${whereToFindIt}`,
  );
}

/** Web pages and chats also paste characters that `trim` lets pass: zero-width spaces and joiners. */
function withoutBlanks(value: string): string {
  return value.replace(/[\s\p{Cf}]/gu, "");
}
