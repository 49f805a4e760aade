/** The HTTP client of the function package, which has of undici only what is called: it must do what undici does. */
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import * as undici from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const client: typeof undici = createRequire(import.meta.url)("../../poller/undiciClient.cjs");

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { method, url, headers } = request;
    response.writeHead(202, { "x-method": method });
    response.end(JSON.stringify({ method, url, language: headers["accept-language"], body }));
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const OPTIONS = { method: "POST", headers: { "accept-language": "eo" }, body: "words" } as const;
const SENT = { method: "POST", url: "/a/b%20c?d=e&f", language: "eo", body: "words" };

describe.each([
  ["undici", undici],
  ["the client in the package", client],
])("%s", (_name, { Agent, request }) => {
  it("sends a request to a URL, path and query as they are", async () => {
    const { statusCode, headers, body } = await request(`${origin}/a/b%20c?d=e&f`, OPTIONS);
    expect([statusCode, headers["x-method"]]).toEqual([202, "POST"]);
    expect(await body.json()).toEqual(SENT);
  });

  it("sends a request by an agent of one's own", async () => {
    const agent = new Agent({ connections: 1 });
    const { body } = await agent.request({ ...OPTIONS, origin, path: "/a/b%20c?d=e&f" });
    expect(await body.json()).toEqual(SENT);
    await agent.destroy();
  });

  it("fails where nobody listens, and with what was given up", async () => {
    await expect(request("http://127.0.0.1:1", { method: "GET" })).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
    const signal = AbortSignal.abort(new Error("given up"));
    await expect(request(origin, { method: "GET", signal })).rejects.toThrow("given up");
  });
});
