import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createCertificateAuthority } from "../../local/tls.ts";

/** Pulumi's download site, behind a proxy that leads every request to it, whatever host the request is for. */
export class FakeDownloadSite {
  /** The installer's text; the site has none unless set. */
  installer: string | undefined;
  /** The hosts that requests were for. */
  readonly hosts = new Set<string>();
  readonly #site: https.Server;
  readonly #proxy: http.Server;
  readonly #connections = new Set<Socket>();

  private constructor(tls: { key: string; cert: string }) {
    this.#site = https.createServer(tls, (request, response) => {
      const found = this.installer !== undefined && request.url === "/install.sh";
      response.writeHead(found ? 200 : 404).end(found ? this.installer : undefined);
    });
    this.#proxy = http.createServer().on("connect", (request, client: Socket) => {
      this.hosts.add(request.url!);
      const server = connect((this.#site.address() as AddressInfo).port, "127.0.0.1");
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(server).pipe(client);
      for (const connection of [client, server]) {
        this.#connections.add(connection.on("error", () => {}));
      }
    });
  }

  static async start(folder: string): Promise<FakeDownloadSite> {
    const site = new FakeDownloadSite(await createCertificateAuthority(folder));
    for (const server of [site.#site, site.#proxy]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return site;
  }

  /** Leads all requests here. The certificate is not made out to the hosts that the requests are for, hence unchecked. */
  get environment(): NodeJS.ProcessEnv {
    const { port } = this.#proxy.address() as AddressInfo;
    return { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    for (const server of [this.#site, this.#proxy]) {
      server.close();
      await once(server, "close");
    }
  }
}
