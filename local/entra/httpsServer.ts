import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import type { LocalTls } from "../tls.ts";

/** A server that does not wait for idle clients when it is closed. */
export function createHttpsServer({ key, cert }: LocalTls): FastifyInstance {
  return fastify({ https: { key, cert }, forceCloseConnections: true });
}

export async function listenOnLoopback(server: FastifyInstance): Promise<string> {
  await server.listen({ host: "127.0.0.1", port: 0 });
  return originOf(server);
}

/** Scheme, host and port, once the server listens. */
export function originOf(server: FastifyInstance): string {
  return `https://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
}
