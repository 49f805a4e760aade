import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseClientId, parsePublisherIdentifier, parseTenantId } from "../../activity-api/identifiers.ts";

const tenantId = "11111111-2222-4333-8444-55555555abcd";

describe.each([
  ["tenant id", parseTenantId],
  ["client id", parseClientId],
  ["publisher identifier", parsePublisherIdentifier],
] as const)("a %s", (called, parse) => {
  it("is a GUID, written in lower case as tokens write it", () => {
    fc.assert(
      fc.property(fc.uuid(), guid => {
        expect(parse(guid.toUpperCase())).toBe(guid);
      }),
    );
  });

  it.each([` ${tenantId}`, `${tenantId}\n`, `${tenantId}\u200b`])(
    "is refused with the blanks around it named: %j",
    value => {
      expect(() => parse(value)).toThrow(
        `The ${called} ${JSON.stringify(value)} has blank characters around the GUID. Remove them: ` +
          `the service takes them for a part of it. Write ${tenantId}.`,
      );
    },
  );

  it("is refused when it is empty", () => {
    expect(() => parse("")).toThrow(`The ${called} is empty.`);
  });

  it("is refused when it is the empty GUID", () => {
    expect(() => parse("00000000-0000-0000-0000-000000000000")).toThrow(
      `The ${called} "00000000-0000-0000-0000-000000000000" is the empty GUID.`,
    );
  });

  it.each(["contoso", `{${tenantId}}`, `${tenantId}0`, tenantId.replaceAll("-", "")])(
    "is refused as %s",
    value => {
      expect(() => parse(value)).toThrow(
        `The ${called} "${value}" is not a GUID like 11111111-2222-4333-8444-555555555555.`,
      );
    },
  );
});

describe("what the errors advise", () => {
  it("is where to find the GUID of a tenant that is given as a domain", () => {
    expect(() => parseTenantId("contoso.onmicrosoft.com")).toThrow(
      `The tenant id "contoso.onmicrosoft.com" is a domain name; the Management Activity API takes the tenant's GUID only. ` +
        `Copy "Tenant ID" from the overview of the Entra admin center, or take the GUID in the "issuer" that ` +
        `https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration returns.`,
    );
  });

  it("is which of an application's ids is the client id", () => {
    expect(() => parseClientId("siem")).toThrow(
      `Copy "Application (client) ID" from the app registration's overview in Entra, ` +
        `not its object id and not that of the enterprise application.`,
    );
  });

  it("is whose tenant the publisher identifier names", () => {
    expect(() => parsePublisherIdentifier("Contoso")).toThrow(
      `It is the tenant id of the company that wrote the client, neither a name nor a client id.`,
    );
  });
});
