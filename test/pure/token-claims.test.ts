import { describe, expect, it } from "vitest";
import { Cloud } from "../../activity-api/clouds.ts";
import { ContentType } from "../../activity-api/contentTypes.ts";
import {
  checkToken,
  type ExpectedToken,
  readTokenClaims,
  requiredRoles,
  TokenClaimsError,
  tokenProblems,
} from "../../activity-api/tokenClaims.ts";
import { secondsFromNow, unsignedToken } from "./fakeEntra.ts";

const tenantId = "11111111-2222-4333-8444-555555555555";
const otherTenantId = "22222222-3333-4444-8555-666666666666";
const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
const expected: ExpectedToken = { tenantId, clientId, cloud: "commercial" };

const goodClaims = {
  aud: "https://manage.office.com",
  tid: tenantId,
  appid: clientId,
  roles: ["ActivityFeed.Read"],
  exp: secondsFromNow(3599),
};

function problemsOf(claims: Record<string, unknown>, wanted: Partial<ExpectedToken> = {}): TokenClaimsError {
  try {
    checkToken(unsignedToken({ ...goodClaims, ...claims }), { ...expected, ...wanted });
  } catch (error) {
    if (error instanceof TokenClaimsError) return error;
    throw error;
  }
  throw new Error("The token was accepted.");
}

describe("checkToken", () => {
  it("accepts a token for the API of the cloud, of the tenant, with the role", () => {
    expect(checkToken(unsignedToken(goodClaims), expected)).toEqual({
      audience: "https://manage.office.com",
      tenantId,
      clientId,
      roles: ["ActivityFeed.Read"],
      scopes: [],
      expiresAt: new Date(goodClaims.exp * 1000),
    });
  });

  it("accepts the audience with a slash at its end, and a tenant id in capitals", () => {
    const token = unsignedToken({
      ...goodClaims,
      aud: "https://manage.office.com/",
      tid: tenantId.toUpperCase(),
    });
    expect(checkToken(token, expected).tenantId).toBe(tenantId.toUpperCase());
  });

  it("accepts the scope of a user's login, which the API takes as well", () => {
    const token = unsignedToken({ ...goodClaims, roles: undefined, scp: "ActivityFeed.Read User.Read" });
    expect(checkToken(token, expected).scopes).toEqual(["ActivityFeed.Read", "User.Read"]);
  });

  it("names both tenants when the token is of another one", () => {
    expect(problemsOf({ tid: otherTenantId })).toMatchObject({
      errorClass: "configuration",
      message:
        `The token is of tenant ${otherTenantId}, and ${tenantId} is configured. ` +
        `Set the tenant id of the tenant whose audit feed is wanted, and log in there.`,
    });
  });

  it("names the cloud that the token is for when it is not the configured one", () => {
    expect(problemsOf({ aud: "https://manage-gcc.office.com" }).message).toBe(
      `The token is for https://manage-gcc.office.com, and the cloud commercial needs one for https://manage.office.com. ` +
        `If the tenant is in GCC, set the cloud to gcc.`,
    );
  });

  it.each(["https://graph.microsoft.com", undefined])("refuses a token for %s", aud => {
    expect(problemsOf({ aud }).message).toBe(
      `The token is for ${aud ?? "no audience"}, and the cloud commercial needs one for https://manage.office.com. ` +
        `Leave the scope out.`,
    );
  });

  it("lists the roles in a token that lacks the one needed, and prints the page to consent on", () => {
    expect(problemsOf({ roles: ["ServiceHealth.Read", "ActivityReports.Read"] })).toMatchObject({
      errorClass: "propagation",
      problems: [{ subject: "role" }],
      message:
        `The token has the roles ServiceHealth.Read, ActivityReports.Read, and ActivityFeed.Read is missing. ` +
        `Request the application permission in the app registration (API "Office 365 Management APIs") and let an ` +
        `administrator consent to it; a delegated permission is not enough. ` +
        `Consent: https://login.microsoftonline.com/${tenantId}/adminconsent?client_id=${clientId}`,
    });
  });

  it("says so when there are no roles at all, as with a delegated permission only", () => {
    expect(problemsOf({ roles: undefined }).message).toContain(
      "The token has no roles, and ActivityFeed.Read is missing.",
    );
  });

  it("tells the scopes of a user from roles", () => {
    expect(problemsOf({ roles: undefined, scp: "User.Read" }).message).toContain(
      "The token has no roles and, from a user's login, the scopes User.Read, and ActivityFeed.Read is missing.",
    );
  });

  it.each([
    ["gccHigh", "https://login.microsoftonline.us"],
    ["commercial", "https://login.microsoftonline.com"],
  ] as const)("sends the administrator of %s to %s", (cloud, login) => {
    expect(problemsOf({ roles: [] }, { cloud }).message).toContain(
      `Consent: ${login}/${tenantId}/adminconsent`,
    );
  });

  it("sends the administrator to the configured login host", () => {
    const authorityUrl = "https://login.example";
    expect(problemsOf({ roles: [] }, { authorityUrl }).message).toContain(
      `Consent: https://login.example/${tenantId}/adminconsent?client_id=${clientId}`,
    );
  });

  it("wants a second role for DLP.All only", () => {
    expect(requiredRoles(Object.values(ContentType))).toEqual(["ActivityFeed.Read", "ActivityFeed.ReadDlp"]);
    expect(requiredRoles(["Audit.General", "Audit.Exchange"])).toEqual(["ActivityFeed.Read"]);
    expect(problemsOf({}, { contentTypes: ["Audit.General", "DLP.All"] }).message).toContain(
      "The token has the roles ActivityFeed.Read, and ActivityFeed.ReadDlp is missing.",
    );
  });

  it("blames the clock for a token that is new and already expired", () => {
    expect(problemsOf({ exp: 1_700_000_000 })).toMatchObject({
      errorClass: "configuration",
      message:
        "The token just received expired at 2023-11-14T22:13:20.000Z by the clock of this machine. Set the clock: it is ahead.",
    });
  });

  it("lists everything that is wrong at once, and calls it a matter of waiting only if nothing else is wrong", () => {
    const error = problemsOf({ aud: "x", tid: otherTenantId, roles: [] });
    expect(error.problems.map(problem => problem.subject)).toEqual(["audience", "tenant", "role"]);
    expect(error.message.split("\n")).toHaveLength(3);
    expect(error.errorClass).toBe("configuration");
  });

  it.each(["", "opaque", "a.b.c", `x.${Buffer.from("[]").toString("base64url")}.y`])(
    'refuses "%s", which is no token, without printing it',
    text => {
      expect(() => checkToken(text, expected)).toThrow(/^The access token is no JSON Web Token\.$/);
    },
  );
});

describe("tokenProblems", () => {
  it.each(Object.values(Cloud))("has nothing to say of a fitting token of %s", cloud => {
    const audiences = {
      commercial: "https://manage.office.com",
      gcc: "https://manage-gcc.office.com",
      gccHigh: "https://manage.office365.us",
      dod: "https://manage.protection.apps.mil",
    };
    const claims = readTokenClaims(unsignedToken({ ...goodClaims, aud: audiences[cloud] }));
    expect(tokenProblems(claims, { ...expected, cloud })).toEqual([]);
  });
});
