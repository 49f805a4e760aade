import { createHttpsServer, listenOnLoopback } from "../entra/httpsServer.ts";
import type { LocalTls } from "../tls.ts";
import { Splunk } from "./splunk.ts";

export interface SplunkServer {
  /** Scheme, host and port of HTTP Event Collector. */
  url: string;
  splunk: Splunk;
  close(): Promise<void>;
}

/** Longer than anything that Splunk would take, so that it is Splunk who refuses. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

/** Starts HTTP Event Collector on loopback: its own protocol, and nothing else of Splunk. */
export async function startSplunk({ tls }: { tls: LocalTls }): Promise<SplunkServer> {
  const splunk = new Splunk();
  const server = createHttpsServer(tls);
  server.removeAllContentTypeParsers();
  // HEC reads JSON whatever the request calls it.
  server.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_LIMIT_BYTES }, (_, body, done) =>
    done(null, body),
  );
  server.all("/*", (request, reply) => {
    const url = new URL(request.url, "https://127.0.0.1");
    const answer = splunk.answer({
      path: url.pathname,
      authorization: request.headers.authorization,
      channel:
        single(request.headers["x-splunk-request-channel"]) ?? url.searchParams.get("channel") ?? undefined,
      contentEncoding: request.headers["content-encoding"],
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    });
    if (answer === undefined) reply.hijack().raw.destroy();
    else reply.code(answer.status).send(answer.body);
  });
  const url = await listenOnLoopback(server);
  return { url, splunk, close: () => server.close() };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
