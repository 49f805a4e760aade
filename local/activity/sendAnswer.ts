import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { pipeline as callbackPipeline, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { createGzip, gzip } from "node:zlib";
import type { Answer, Transfer } from "./answer.ts";

const SLOW_BODY_PIECES_PER_SECOND = 20;

export interface SendOptions {
  /** The service's clock, for the Date header. */
  now: number;
  compress: boolean;
}

/**
 * Writes past the web framework, which would send header names in lower case: real ones have capitals, and clients
 * that look for exactly one spelling are what the spellings of `NextPageUri` are here for.
 */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  options: SendOptions,
): Promise<void> {
  const { transfer } = answer;
  if (transfer?.kind === "silent") return;
  if (transfer?.kind === "reset") {
    response.socket?.destroy();
    return;
  }
  try {
    await sendBody(response, options.compress ? await compressed(answer) : answer, options.now);
  } catch (error) {
    // A client that hangs up before the end of a body is no error of the service.
    if (!response.destroyed) throw error;
  }
}

async function sendBody(response: ServerResponse, answer: Answer, now: number): Promise<void> {
  const { body, transfer, status } = answer;
  const headers = { ...serviceHeaders(now), ...answer.headers };
  if (!Buffer.isBuffer(body)) {
    response.writeHead(status, headers);
    await sendStream(response, body(), transfer);
    return;
  }
  response.writeHead(status, { ...headers, "Content-Length": body.length });
  if (transfer?.kind === "truncated") await cutAfter(response, body, transfer.afterBytes);
  else if (transfer?.kind === "slow") await sendSlowly(response, [body], transfer.bytesPerSecond);
  else response.end(body);
}

async function sendStream(
  response: ServerResponse,
  pieces: AsyncIterable<Buffer>,
  transfer: Transfer | undefined,
): Promise<void> {
  if (transfer?.kind === "truncated") await sendUpTo(response, pieces, transfer.afterBytes ?? 0);
  else if (transfer?.kind === "slow") await sendSlowly(response, pieces, transfer.bytesPerSecond);
  else await pipeline(Readable.from(pieces), response);
}

function cutAfter(response: ServerResponse, body: Buffer, afterBytes: number | undefined): Promise<void> {
  const sent = body.subarray(0, afterBytes ?? Math.floor(body.length / 2));
  return writeAndCut(response, sent);
}

/** Of a body whose end nobody knows, the pieces that make up at least `bytes`. */
async function sendUpTo(
  response: ServerResponse,
  pieces: AsyncIterable<Buffer>,
  bytes: number,
): Promise<void> {
  let sent = 0;
  for await (const piece of pieces) {
    if (sent >= bytes) break;
    sent += piece.length;
    await write(response, piece);
  }
  await writeAndCut(response, Buffer.alloc(0));
}

async function writeAndCut(response: ServerResponse, bytes: Buffer): Promise<void> {
  response.flushHeaders();
  if (bytes.length > 0) await new Promise(resolve => response.write(bytes, resolve));
  response.socket?.destroySoon();
}

async function sendSlowly(
  response: ServerResponse,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  bytesPerSecond: number,
): Promise<void> {
  const slice = Math.max(1, Math.round(bytesPerSecond / SLOW_BODY_PIECES_PER_SECOND));
  for await (const piece of pieces) {
    for (let start = 0; start < piece.length && !response.destroyed; start += slice) {
      await write(response, piece.subarray(start, start + slice));
      await delay(1000 / SLOW_BODY_PIECES_PER_SECOND);
    }
  }
  response.end();
}

async function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (!response.write(bytes) && !response.destroyed) {
    await Promise.race([once(response, "drain"), once(response, "close")]);
  }
}

/** The order does not matter, but the values do: logs of real clients show them. */
function serviceHeaders(now: number): Record<string, string> {
  return {
    "Cache-Control": "no-cache",
    Pragma: "no-cache",
    Expires: "-1",
    Server: "Microsoft-IIS/10.0",
    "X-AspNet-Version": "4.0.30319",
    "X-Powered-By": "ASP.NET",
    "mise-correlation-id": randomUUID(),
    Date: new Date(now).toUTCString(),
  };
}

async function compressed(answer: Answer): Promise<Answer> {
  const { body } = answer;
  const headers = { ...answer.headers, "Content-Encoding": "gzip" };
  if (Buffer.isBuffer(body)) return { ...answer, headers, body: await promisify(gzip)(body) };
  return { ...answer, headers, body: () => zip(Readable.from(body())) };
}

/** An error on either side ends both and reaches the reader of the result, so that nothing is left to do here. */
function zip(body: Readable): AsyncIterable<Buffer> {
  return callbackPipeline(body, createGzip(), () => {});
}
