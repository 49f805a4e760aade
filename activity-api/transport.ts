import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Agent, type Dispatcher } from "undici";

export interface HttpRequest {
  method: "GET" | "POST";
  /** Path and query, sent as they are. */
  path: string;
  headers?: Record<string, string>;
  /** Absent for none, which a POST states with `Content-Length: 0`: IIS refuses one that leaves its length open. */
  body?: string;
}

export interface HttpAnswer {
  status: number;
  /** The value of a header, whose name may be written in any letter case. */
  header(name: string): string | undefined;
  /** The whole body; of an answer that goes on after `longest` characters, the beginning. */
  text(longest?: number): Promise<string>;
  /** The body piece by piece, uncompressed. It fails when the server ends it too early. */
  pieces(): AsyncIterable<Uint8Array>;
}

export interface PoolSettings {
  /** Most connections to a host at a time, each of which carries one request at a time. Defaults to 32. */
  connections?: number;
  /** Until the headers of an answer are there, and between two pieces of its body. Defaults to 60. */
  answerTimeoutSeconds?: number;
}

/** Connections to whatever hosts are asked, which stay open until the pool is closed. */
export class ConnectionPool {
  readonly agent: Agent;

  constructor({ connections = 32, answerTimeoutSeconds = 60 }: PoolSettings = {}) {
    this.agent = new Agent({
      connections,
      connect: { timeout: 10_000 },
      headersTimeout: answerTimeoutSeconds * 1000,
      bodyTimeout: answerTimeoutSeconds * 1000,
      // A large body would hold up the others that share its HTTP/2 connection.
      allowH2: false,
    });
  }

  /** Ends those in use too. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** Sends requests to one host. It follows no redirect: a request carries a token, and that belongs to this host alone. */
export class Transport {
  readonly #origin: string;
  readonly #agent: Agent;

  constructor(origin: string, { agent }: ConnectionPool) {
    this.#origin = origin;
    this.#agent = agent;
  }

  async send({ method, path, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#agent.request({
      origin: this.#origin,
      method,
      path,
      headers: {
        "accept-encoding": "gzip",
        "user-agent": "defender-siem",
        ...(method === "POST" && body === undefined ? { "content-length": "0" } : {}),
        ...headers,
      },
      body,
    });
    return {
      status: answer.statusCode,
      header: name => single(answer.headers[name.toLowerCase()]),
      text: longest => textOf(uncompressed(answer), longest),
      pieces: () => uncompressed(answer),
    };
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function uncompressed({ headers, body }: Dispatcher.ResponseData): Readable {
  if (single(headers["content-encoding"])?.toLowerCase() !== "gzip") return body;
  // An error of either end reaches whoever reads, and who stops reading ends both.
  return pipeline(body, createGunzip(), () => {});
}

async function textOf(body: AsyncIterable<Uint8Array>, longest = Number.POSITIVE_INFINITY): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of body) {
    text += decoder.decode(piece, { stream: true });
    if (text.length >= longest) break;
  }
  return text + decoder.decode();
}
