import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import {
  errorCode,
  MINUTE,
  OTHER_CLIENT,
  OTHER_TENANT,
  SECOND,
  startFixture,
  TENANT,
  tokenWith,
} from "./localActivityFixture.ts";

const ENABLED = { contentType: "Audit.General", status: "enabled", webhook: null };
const NO_THROTTLE = { knobs: { startThrottleMinutes: 0 } };

describe("start", () => {
  it("enables a subscription, and the list shows it", async () => {
    const { start, list } = await startFixture();
    expect(await list()).toEqual([]);
    expect(await start()).toMatchObject({ status: 200, body: JSON.stringify(ENABLED) });
    expect(await list()).toEqual([ENABLED]);
  });

  it("refuses what is already enabled with AF20024, 97 bytes", async () => {
    const { start } = await startFixture(NO_THROTTLE);
    await start();
    const again = await start();
    expect(again).toMatchObject({
      status: 400,
      body: '{"error":{"code":"AF20024","message":"The subscription is already enabled. No property change."}}',
    });
    expect(again.body).toHaveLength(97);
  });

  it("enables what was stopped", async () => {
    const { start, stop, list } = await startFixture(NO_THROTTLE);
    await start();
    await stop();
    expect((await start()).status).toBe(200);
    expect(await list()).toEqual([ENABLED]);
  });

  it("takes a content type in any letter case and echoes it as it was written", async () => {
    const { start, list } = await startFixture(NO_THROTTLE);
    expect(JSON.parse((await start("audit.GENERAL")).body).contentType).toBe("audit.GENERAL");
    expect(await list()).toEqual([{ ...ENABLED, contentType: "audit.GENERAL" }]);
    expect(errorCode(await start("Audit.General"))).toBe("AF20024");
  });

  it("starts all content types back to back", async () => {
    const { start } = await startFixture();
    const types = ["Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General"];
    for (const type of types) expect((await start(type)).status).toBe(200);
  });

  it("keeps the subscriptions of applications and of tenants apart", async () => {
    const { start, list, ask, url } = await startFixture({ tenantId: [TENANT, OTHER_TENANT] });
    await start();
    expect(await list({ token: tokenWith({ appid: OTHER_CLIENT }) })).toEqual([]);
    const elsewhere = `${url}/api/v1.0/${OTHER_TENANT}/activity/feed/subscriptions/list`;
    expect((await ask(elsewhere, { token: tokenWith({ tid: OTHER_TENANT }) })).body).toBe("[]");
  });
});

describe("the start throttle", () => {
  it("refuses a second start within 15 minutes with the remaining time, enabled or not", async () => {
    const { start, stop, clock } = await startFixture();
    await start();
    clock.now += 6 * MINUTE + 14 * SECOND;
    const again = await start();
    expect(again.status).toBe(403);
    expect(JSON.parse(again.body).error).toEqual({
      code: "429",
      message: "Too many frequent subscription start requests. Please retry again after 8m 46s.",
    });
    expect((await stop()).status).toBe(200);
    expect(errorCode(await start())).toBe("429");
  });

  it("is not prolonged by refused starts", async () => {
    const { start, stop, clock } = await startFixture();
    await start();
    await stop();
    clock.now += 14 * MINUTE;
    expect(errorCode(await start())).toBe("429");
    clock.now += MINUTE;
    expect((await start()).status).toBe(200);
  });

  it("counts a start that failed", async () => {
    const { start, service } = await startFixture({ knobs: { auditingEnabled: false } });
    expect((await start()).status).toBe(400);
    service.turnKnobs({ auditingEnabled: true });
    expect(errorCode(await start())).toBe("429");
  });

  it("does not hold up another application", async () => {
    const { start } = await startFixture();
    await start();
    const other = await start("Audit.General", { token: tokenWith({ appid: OTHER_CLIENT }) });
    expect(other.status).toBe(200);
  });
});

describe("stop", () => {
  it("disables with an empty answer, as often as it is asked", async () => {
    const { start, stop, list } = await startFixture();
    await start();
    for (let time = 0; time < 2; time++) expect(await stop()).toMatchObject({ status: 200, body: "" });
    expect(await list()).toEqual([{ ...ENABLED, status: "disabled" }]);
  });

  it("fails with AF20022 where there never was a subscription", async () => {
    const { stop } = await startFixture();
    const reply = await stop();
    expect([reply.status, errorCode(reply)]).toEqual([400, "AF20022"]);
  });

  it("fails with AF20023 on a disabled one when the knob says so", async () => {
    const { start, stop } = await startFixture({ knobs: { stopOfDisabled: "fail" } });
    await start();
    await stop();
    expect(errorCode(await stop())).toBe("AF20023");
  });
});

describe("the list", () => {
  it("hides disabled subscriptions when the knob says so", async () => {
    const { start, stop, list } = await startFixture({ knobs: { listDisabled: "hide" } });
    await start();
    await stop();
    expect(await list()).toEqual([]);
  });

  it("shows what was disabled or removed behind the client's back", async () => {
    const { start, list, service } = await startFixture();
    await start();
    expect(service.disable("Audit.General")).toBe(1);
    expect(await list()).toEqual([{ ...ENABLED, status: "disabled" }]);
    expect(service.remove("Audit.General")).toBe(1);
    expect(await list()).toEqual([]);
    expect(service.remove("Audit.General")).toBe(0);
  });
});

describe("audit logging that is off", () => {
  it("lets start fail with a stack trace, cut at its first colon as the service does", async () => {
    const { start } = await startFixture({ knobs: { auditingEnabled: false } });
    const reply = await start();
    const { code, message } = JSON.parse(reply.body).error;
    expect(reply.status).toBe(400);
    expect(code).toMatch(
      /^StartSubscription \[CorrId=[-0-9a-f]{36}\]\[TenantId=.*,PublisherId=0{8}-[-0]+\]\[AppId$/,
    );
    expect(message).toMatch(/^c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88\] failed\. Exception: /);
    expect(message).toContain(`DataServiceException: Tenant ${TENANT} does not exist.\r\n   at `);
    expect(reply.body.length).toBeGreaterThan(1500);
  });

  it("goes on failing until it has propagated", async () => {
    const { start, service, clock } = await startFixture({
      knobs: { auditingEnabled: false, auditingPropagationMinutes: 60, startThrottleMinutes: 0 },
    });
    service.turnKnobs({ auditingEnabled: true });
    clock.now += 59 * MINUTE;
    expect((await start()).status).toBe(400);
    clock.now += MINUTE;
    expect((await start()).status).toBe(200);
  });

  it("records nothing", async () => {
    const { service } = await startFixture({ knobs: { auditingEnabled: false } });
    expect(() => service.publish("Audit.General", ["{}"])).toThrow(
      `Audit logging is off in tenant ${TENANT}, so that it records nothing. ` +
        "Turn the knob auditingEnabled on before publishing.",
    );
  });
});

describe("a POST without Content-Length", () => {
  it.each([
    [true, "411"],
    [false, "200"],
  ])("is refused only when the knob says so: %s gives %s", async (requireContentLength, status) => {
    const { url, tls } = await startFixture({ knobs: { requireContentLength } });
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", ca: tls.ca });
    socket.write(
      `POST /api/v1.0/${TENANT}/activity/feed/subscriptions/start?contentType=Audit.General HTTP/1.1\r\n` +
        `Host: 127.0.0.1\r\nAuthorization: Bearer ${tokenWith()}\r\nConnection: close\r\n\r\n`,
    );
    expect((await text(socket)).split(" ")[1]).toBe(status);
  });
});
