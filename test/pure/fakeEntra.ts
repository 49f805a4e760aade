/**
 * The least of Entra that shows what our side sends and how it takes the answers: it believes every proof. Whether a proof
 * would convince is for the tests against the Entra of the local tenant.
 */
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Received {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage["headers"];
  form: Record<string, string>;
}

export interface FakeEntra {
  url: string;
  host: string;
  /** Every request since the last `reset`. */
  received: Received[];
  /** Answers the next requests in this order, those after them with tokens. */
  answerNext(...answers: Answer[]): void;
  /** Holds all answers back until the returned function is called. */
  hold(): () => void;
  reset(): void;
  close(): Promise<void>;
}

/** A JSON Web Token whose signature nobody can check. */
export function unsignedToken(claims: Record<string, unknown>): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}.c2lnbmF0dXJl`;
}

export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** Entra's error body: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response */
export function refusal(code: number, sentence = "Something is wrong.", status = 401): Answer {
  const ids = "a1b2c3d4-0000-4000-8000-000000000001";
  return {
    status,
    body: {
      error: "invalid_client",
      error_description: `AADSTS${code}: ${sentence} Trace ID: ${ids} Correlation ID: ${ids} Timestamp: 2026-01-05 08:15:30Z`,
      error_codes: [code],
      timestamp: "2026-01-05 08:15:30Z",
      trace_id: ids,
      correlation_id: ids,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    },
  };
}

export async function startFakeEntra(): Promise<FakeEntra> {
  const folder = await mkdtemp(path.join(tmpdir(), "fake-entra-"));
  const tls = await createCertificateAuthority(folder);
  await rm(folder, { recursive: true });
  trustInThisProcess(tls.ca);

  const received: Received[] = [];
  const planned: Answer[] = [];
  let gate: Promise<void> | undefined;
  let issued = 0;
  const server = createServer({ key: tls.key, cert: tls.cert }, async (request, response) => {
    const form = await readForm(request);
    const { pathname, searchParams } = new URL(request.url!, "https://entra.invalid");
    const query = Object.fromEntries(searchParams);
    received.push({ method: request.method!, path: pathname, query, headers: request.headers, form });
    await gate;
    const answer = planned.shift() ?? token(form, ++issued);
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `https://${host}`,
    host,
    received,
    answerNext: (...answers) => void planned.push(...answers),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    reset: () => {
      received.length = 0;
      planned.length = 0;
      gate = undefined;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString("utf8")));
}

function token(form: Record<string, string>, number: number): Answer {
  const claims = { aud: form.scope?.replace("/.default", ""), appid: form.client_id, jti: `token-${number}` };
  const access_token = unsignedToken({ ...claims, exp: secondsFromNow(3599) });
  return { status: 200, body: { token_type: "Bearer", expires_in: 3599, access_token } };
}
