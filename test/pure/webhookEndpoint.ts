import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { LocalTls } from "../../local/tls.ts";

export interface WebhookEndpoint {
  url: string;
  /** What it answers; only 200 validates a webhook. */
  status: number;
  close(): Promise<void>;
}

/** An endpoint for notifications that takes everything. */
export async function startWebhookEndpoint({ key, cert }: LocalTls): Promise<WebhookEndpoint> {
  const server = createServer({ key, cert }, (_request, response) => {
    response.writeHead(endpoint.status, { connection: "close" }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint: WebhookEndpoint = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    status: 200,
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return endpoint;
}
