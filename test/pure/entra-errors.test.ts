/** Every refusal of Entra that is known, as it comes over the wire. That Entra still words them so is not proved here. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ENTRA_ERRORS, TokenError, type TokenErrorClass } from "../../activity-api/entraErrors.ts";
import { tokenSource } from "../../activity-api/tokens.ts";
import {
  type Answer,
  type FakeEntra,
  refusal,
  secondsFromNow,
  startFakeEntra,
  unsignedToken,
} from "./fakeEntra.ts";

const tenantId = "11111111-2222-4333-8444-555555555555";
const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
const secret = "hunter2-of-the-siem";
const assertion = unsignedToken({
  iss: "https://token.actions.example",
  sub: "repo:contoso/siem:environment:prod",
  aud: "api://AzureADTokenExchange",
  exp: secondsFromNow(300),
});
let entra: FakeEntra;

beforeAll(async () => {
  entra = await startFakeEntra();
});
afterAll(() => entra.close());
beforeEach(() => entra.reset());

async function refused(
  answer: Answer,
  env: NodeJS.ProcessEnv = { SIEM_CLIENT_SECRET: secret },
): Promise<TokenError> {
  entra.answerNext(answer);
  const tokens = tokenSource({ tenantId, clientId, cloud: "commercial", authorityUrl: entra.url }, env);
  const error = await tokens.getToken().catch(error => error);
  expect(error).toBeInstanceOf(TokenError);
  return error;
}

/** Waits of a retry would only slow the test down: what an overload is retried for is proved elsewhere. */
const noRetry = { "retry-after": "3600" };

const meanings: [number, TokenErrorClass, string][] = [
  [7000215, "propagation", "the client secret is wrong. Use the secret's value, not its id"],
  [7000222, "configuration", "the client secret has expired"],
  [700016, "propagation", "no application with this client id is known in this tenant"],
  [7000229, "propagation", "the application has no service principal in this tenant"],
  [7000112, "configuration", "the application is disabled"],
  [7000218, "configuration", "the request carried neither a secret nor an assertion"],
  [65001, "propagation", "consent is missing"],
  [500011, "configuration", "az ad sp create --id c5393580-f805-4401-95e8-94b7a6ef2fc2"],
  [650052, "configuration", "the tenant has no subscription to the requested API"],
  [650057, "configuration", "the requested API is not among the application's permissions"],
  [70011, "configuration", "the scope is malformed"],
  [28002, "configuration", "the scope is malformed"],
  [700027, "propagation", "the assertion is not signed by a certificate of the application"],
  [700024, "configuration", "the assertion is outside of the time for which it is valid"],
  [700023, "configuration", "the assertion is made for another login host"],
  [50013, "configuration", "the signature of the presented token is not one of its issuer"],
  [90061, "transient", "Entra did not reach the OpenID metadata of the presented token's issuer"],
  [70025, "propagation", "the application has no federated credential"],
  [700030, "configuration", "the certificate is not valid"],
  [50012, "configuration", "the credential did not authenticate the application"],
  [70021, "propagation", "no federated credential of the application matches the presented token"],
  [700211, "propagation", "has the issuer of the presented token"],
  [700212, "propagation", "has the audience of the presented token"],
  [7002121, "propagation", "has the audience of the presented token"],
  [700213, "propagation", "has the subject of the presented token"],
  [7002137, "propagation", "has the subject of the presented token"],
  [7002138, "configuration", "in letter case only"],
  [700222, "configuration", "only those of a managed identity may be exchanged"],
  [700226, "configuration", "only those of a managed identity may be exchanged"],
  [700236, "configuration", "only those of a managed identity may be exchanged"],
  [700227, "configuration", "an audience that may not be exchanged"],
  [90002, "configuration", "the tenant is not known to this login host"],
  [900023, "configuration", "the tenant id is neither a GUID nor a domain"],
  [90038, "configuration", "the tenant is in another national cloud. Set the cloud"],
  [900382, "configuration", "the application belongs to another national cloud. Set the cloud"],
  [900432, "configuration", "the application belongs to another national cloud. Set the cloud"],
  [53003, "configuration", "a conditional access policy blocks the application"],
  [90024, "transient", "Entra is overloaded"],
  [90033, "transient", "Entra is unavailable for a moment"],
  [90055, "transient", "Entra received too many requests"],
  [50196, "transient", "Entra received the same request too often"],
];

describe("a refusal by Entra", () => {
  it("has a row below for every number in the table", () => {
    expect(meanings.map(([number]) => String(number)).sort()).toEqual(Object.keys(ENTRA_ERRORS).sort());
  });

  it.each(meanings)("AADSTS%i is a matter of %s: %s", async (number, errorClass, text) => {
    const error = await refused(refusal(number, `A sentence that repeats ${secret}.`));
    expect(error).toMatchObject({
      code: `AADSTS${number}`,
      errorClass,
      tenantId,
      clientId,
      credential: "clientSecret",
    });
    expect(error.message).toContain(
      `No token of application ${clientId} in tenant ${tenantId} (credential clientSecret): ` +
        `Entra refuses (AADSTS${number}): `,
    );
    expect(error.message).toContain(text);
    expectNothingSecret(error);
  });

  it("keeps what Entra says of a number that is not in the table, without ids, times and proofs", async () => {
    const error = await refused(refusal(999999, `The secret ${secret} is of no use.`));
    expect(error.message).toContain(
      "Entra refuses (AADSTS999999): The secret [secret] is of no use. Look up the code: https://login.microsoftonline.com/error",
    );
    expect(error).toMatchObject({ code: "AADSTS999999", errorClass: "configuration" });
    expectNothingSecret(error);
  });

  it.each([429, 503])("with HTTP %i and a number that is not in the table is transient", async status => {
    const error = await refused({ ...refusal(999999, "Later.", status), headers: noRetry });
    expect(error).toMatchObject({ errorClass: "transient" });
    expect(error.message).toContain("Entra refuses (AADSTS999999): Later. Try again in a minute.");
  });

  it("without a number is told by OAuth's word", async () => {
    const error = await refused({ status: 400, body: { error: "invalid_grant", error_description: "No." } });
    expect(error.message).toContain("Entra refuses (invalid_grant): No. Look up the code");
    expect(error.code).toBeUndefined();
  });

  it("reads the lines of older answers as well", async () => {
    const body = {
      error: "invalid_client",
      error_description: "AADSTS999998: No.\r\nTrace ID: 1\r\nCorrelation ID: 2",
    };
    expect((await refused({ status: 401, body })).message).toContain(
      "Entra refuses (AADSTS999998): No. Look up the code",
    );
  });
});

describe("a refusal of a token from outside", () => {
  it.each([
    50013, 90061, 70025, 70021, 700211, 700212, 7002121, 700213, 7002137, 7002138, 700222, 700226, 700227,
    700236,
  ])("AADSTS%i shows issuer, subject and audience, and not the token", async number => {
    const error = await refused(refusal(number), { ARM_OIDC_TOKEN: assertion });
    expect(error.message).toContain(
      `The presented token has issuer "https://token.actions.example", ` +
        `subject "repo:contoso/siem:environment:prod", audience "api://AzureADTokenExchange".`,
    );
    expectNothingSecret(error);
  });

  it.each([
    [10, "The clock of this machine is 10 min behind Entra's."],
    [-10, "The clock of this machine is 10 min ahead of Entra's."],
    [0, "The clock of this machine agrees with Entra's."],
  ])("as out of its time compares the clocks: Entra's is %i min ahead", async (minutes, sentence) => {
    const date = new Date(Date.now() + minutes * 60_000).toUTCString();
    const error = await refused({ ...refusal(700024), headers: { date } }, { ARM_OIDC_TOKEN: assertion });
    expect(error.message).toContain(`for which it is valid. ${sentence} Set the clock of this machine, or`);
  });
});

function expectNothingSecret(error: TokenError): void {
  const everything = `${error.message} ${JSON.stringify(error)} ${error.stack} ${JSON.stringify(error.cause) ?? ""}`;
  for (const secretText of [secret, assertion, "a1b2c3d4", "Trace ID", "08:15:30"])
    expect(everything).not.toContain(secretText);
}
