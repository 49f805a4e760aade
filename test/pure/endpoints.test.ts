import { describe, expect, it } from "vitest";
import { parseEndpoint } from "../../activity-api/endpoints.ts";

const parse = (value: string) => parseEndpoint("SIEM_ACTIVITY_API_URL", value);

describe("parseEndpoint", () => {
  it.each([
    ["https://proxy.example:8443/", "https://proxy.example:8443"],
    ["https://Proxy.Example", "https://proxy.example"],
    ["https://proxy.example:443", "https://proxy.example"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://127.8.8.8:8080", "http://127.8.8.8:8080"],
    ["http://localhost:8080/", "http://localhost:8080"],
    ["http://[::1]:8080", "http://[::1]:8080"],
  ])("turns %s into %s", (value, normalized) => {
    expect(parse(value)).toBe(normalized);
  });

  it.each(["http://proxy.example", "http://127.0.0.1.example", "ftp://127.0.0.1", "file:///etc/passwd"])(
    "refuses %s, which is not https",
    value => {
      expect(() => parse(value)).toThrow(
        `SIEM_ACTIVITY_API_URL "${value}" is not https. Tokens go there: use https (http is for loopback only).`,
      );
    },
  );

  it.each(["proxy.example", "https://", ""])('refuses "%s", which is no URL', value => {
    expect(() => parse(value)).toThrow(
      `SIEM_ACTIVITY_API_URL "${value}" is not a URL. Write it like https://host.example:8443.`,
    );
  });

  it("refuses a password without printing it", () => {
    expect(() => parse("https://me:hunter2@proxy.example/x?y")).toThrow(
      /^SIEM_ACTIVITY_API_URL holds a user name or password, for the host proxy\.example\. Remove it\.$/,
    );
  });

  it.each([
    ["https://manage.office.com/api/v1.0/tenant", "https://manage.office.com/api/v1.0/tenant"],
    ["https://manage.office.com?sig=hunter2", "https://manage.office.com/"],
    ["https://manage.office.com/#hunter2", "https://manage.office.com/"],
    ["https://manage.office.com/?", "https://manage.office.com/"],
  ])("refuses %s, which is more than a host, and prints no query", (value, printed) => {
    expect(() => parse(value)).toThrow(
      `SIEM_ACTIVITY_API_URL "${printed}" is more than a host. Write https://manage.office.com: ` +
        `paths and queries are added by this program.`,
    );
  });
});
