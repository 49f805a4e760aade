import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface WeakWire {
  /** Scheme, host and port, without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/**
 * A way to a loopback server on which connections break: on the way there, so that a request is lost; on the way back, so
 * that a request takes effect and its answer is lost or cut off. It sees encrypted bytes only.
 *
 * @param targetUrl `https://127.0.0.1:<port>`.
 * @param breaks asked for every piece that is about to be passed on.
 */
export async function startWeakWire(targetUrl: string, breaks: () => boolean): Promise<WeakWire> {
  const sockets = new Set<Socket>();
  const server = createServer(near => {
    const far = connect(Number(new URL(targetUrl).port), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", piece => (breaks() ? from.destroy() : void to.write(piece)));
      from.on("end", () => to.end());
      from.on("error", () => from.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
