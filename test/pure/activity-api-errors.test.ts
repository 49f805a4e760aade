import { describe, expect, it } from "vitest";
import { readErrorBody, statedWaitSeconds } from "../../activity-api/errorBody.ts";
import { ActivityApiError, Operation } from "../../activity-api/errors.ts";
import { ACTIVITY_API_ERRORS } from "../../activity-api/errorTable.ts";

const tenantId = "11111111-2222-4333-8444-555555555555";
const asked = { operation: Operation.start, tenantId, contentType: "Audit.General" };

/** The codes of Microsoft's reference and those that threads and clients add to it. */
const actions: [code: string, status: number, action: string][] = [
  ["AF10001", 401, "grantRole"],
  ["AF20001", 400, "fixSettings"],
  ["AF20002", 400, "fixSettings"],
  ["AF20003", 400, "fixSettings"],
  ["AF20010", 400, "fixSettings"],
  ["AF20011", 400, "fixSettings"],
  ["AF20012", 400, "fixSettings"],
  ["AF20013", 400, "fixSettings"],
  ["AF20020", 400, "fixSettings"],
  ["AF20021", 400, "fixSettings"],
  ["AF20022", 404, "startSubscription"],
  ["AF20023", 400, "startSubscription"],
  ["AF20024", 400, "none"],
  ["AF20030", 400, "narrowWindow"],
  ["AF20031", 400, "listAgain"],
  ["AF20050", 404, "recordAsLost"],
  ["AF20051", 410, "recordAsLost"],
  ["AF20052", 400, "recordAsLost"],
  ["AF20053", 400, "fixSettings"],
  ["AF20054", 400, "fixSettings"],
  ["AF20055", 400, "narrowWindow"],
  ["AF429", 403, "backOff"],
  ["AF429", 429, "backOff"],
  ["429", 403, "waitForStart"],
  ["AF50000", 500, "retry"],
  ["AF50005", 500, "retry"],
  ["AF50006", 500, "retry"],
];

/** As in captures, see https://github.com/MicrosoftDocs/office-365-management-api/issues/89. */
const auditingOff = JSON.stringify({
  error: {
    code: `StartSubscription [CorrId=5d0f7f0e-6d4d-4a53-9a0e-1d0f5b1b7c11][TenantId=${tenantId}][AppId`,
    message:
      "c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88] failed. Exception: " +
      `Microsoft.Office.Compliance.Audit.DataServiceException: Tenant ${tenantId} does not exist.\r\n` +
      "   at Microsoft.Office.Compliance.Audit.API.StartController.<ProcessAsync>d__3.MoveNext()",
  },
});

function errorOf(status: number, body: string, clockSkewMilliseconds?: number): ActivityApiError {
  const { code, like, message } = readErrorBody(status, body);
  return new ActivityApiError({ ...asked, status, code, like, said: message, clockSkewMilliseconds });
}

function json(code: string, message = "Something."): string {
  return JSON.stringify({ error: { code, message } });
}

describe("an error body of the Management Activity API", () => {
  it.each(actions)("with code %s and HTTP %i calls for %s", (code, status, action) => {
    expect(errorOf(status, json(code))).toMatchObject({ code, status, action });
  });

  it.each(actions)("with code %s and HTTP %i is read with single quotes too", (code, status, action) => {
    const body = json(code, "Method=GetBlob, it's too much").replaceAll('"', "'");
    expect(errorOf(status, body)).toMatchObject({ code, action });
  });

  it("of auditing that is off is known by the exception, since it has no code", () => {
    const error = errorOf(400, auditingOff);
    expect(error).toMatchObject({ code: "auditingOff", action: "enableAuditing" });
    expect(error.message).toContain("Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true");
  });

  it.each([
    ["an ASP.NET 401", 401, '{"Message":"Authorization has been denied for this request."}', "refreshToken"],
    ["an ASP.NET 404", 404, '{"Message":"No HTTP resource was found that matches."}', "fixSettings"],
    [
      "an ASP.NET 405",
      405,
      '{"Message":"The requested resource does not support http method."}',
      "fixSettings",
    ],
    ["a gateway's HTML", 502, "<html><body>Bad gateway</body></html>", "retry"],
    ["an empty 503", 503, "", "retry"],
    ["an empty 504", 504, "", "retry"],
    ["an empty 408", 408, "", "retry"],
    ["a proxy's HTML 403", 403, "<!DOCTYPE html><p>Denied</p>", "fixSettings"],
    ["an HTML 429", 429, "<html>slow down</html>", "backOff"],
    ["an unknown code with HTTP 500", 500, json("AF59999"), "retry"],
    ["an unknown code with HTTP 400", 400, json("AF29999"), "fixSettings"],
    ["text that names a code", 403, "AF429: Too many requests.", "backOff"],
  ])("that is %s is judged by what it is", (_what, status, body, action) => {
    expect(errorOf(status, body)).toMatchObject({ status, action });
  });

  it("keeps a code that is not in the table, so that one can search for it", () => {
    expect(errorOf(400, json("AF29999")).message).toContain("(AF29999, HTTP 400)");
  });
});

describe("the message of an ActivityApiError", () => {
  it("says what was tried for whom, what the answer means, what it says and what to do", () => {
    expect(errorOf(400, json("AF20011", "The tenant is unknown.")).message).toBe(
      `Starting the subscription Audit.General of tenant ${tenantId} failed: the service knows no such tenant ` +
        `(AF20011, HTTP 400). The answer says: "The tenant is unknown." Correct the tenant id or the cloud: both must ` +
        "be those of the application's tenant.",
    );
  });

  it.each(Object.entries(ACTIVITY_API_ERRORS))("for %s has a meaning and a next step", (_code, entry) => {
    expect(entry.means).toMatch(/^[a-z].*[^.]$/);
    expect(entry.next).toMatch(/^[A-Z].*\.$/);
  });

  it.each(["authorizationDenied", "AF20055", "AF20030"])("for %s names a clock that is wrong", code => {
    const behind = new ActivityApiError({ ...asked, status: 401, code, clockSkewMilliseconds: 420_000 });
    const ahead = new ActivityApiError({ ...asked, status: 401, code, clockSkewMilliseconds: -420_000 });
    expect(behind.message).toContain("this machine's clock is wrong: it is 7 minutes behind the service's");
    expect(ahead.message).toContain("it is 7 minutes ahead of the service's");
    expect(behind.action).toBe("fixSettings");
  });

  it("does not blame a clock that is less than five minutes off", () => {
    expect(errorOf(400, json("AF20055"), 299_000).message).not.toContain("clock is wrong");
  });

  it("shows no stack trace of the server", () => {
    const error = errorOf(
      500,
      json("AF50000", "Boom.\r\n   at Microsoft.Office.Compliance.Audit.API.StartController.MoveNext()"),
    );
    expect(error.message).toContain('"Boom."');
    expect(errorOf(400, auditingOff).message + error.message).not.toMatch(/Microsoft\.Office\.Compliance/);
  });

  it("shows no token that the server sends back", () => {
    const token = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl";
    const { message } = errorOf(400, json("AF20002", `Bearer ${token} and ${token} are wrong`));
    expect(message).toContain("are wrong");
    expect(message).not.toContain("eyJ");
  });

  it("shows no page of a gateway, and of a long text the beginning", () => {
    expect(errorOf(502, "<html><h1>Bad gateway</h1></html>").message).not.toContain("gateway</h1>");
    expect(errorOf(500, json("AF50000", "x".repeat(5000))).message.length).toBeLessThan(800);
  });
});

describe("the wait that an answer states", () => {
  it.each([
    ["Please retry again after 8m 46s.", 526],
    ["Please retry again after 14m 56s.", 896],
    ["retry again after 46s", 46],
    ["retry again after 15m", 900],
    ["Retry after 1h 2m 3s", 3723],
    ["Please try later.", undefined],
    ["after all, nothing", undefined],
    ["", undefined],
  ])("in %j is %s seconds", (message, seconds) => {
    expect(statedWaitSeconds(message)).toBe(seconds);
  });
});
