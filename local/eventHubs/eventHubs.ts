import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import rhea from "rhea";
import type { LocalTls } from "../tls.ts";
import { EventHubsConnection } from "./eventHubsConnection.ts";
import { type EventHubsFault, EventHubsService, type EventHubsServiceSettings } from "./eventHubsService.ts";
import type { ReceivedEvent } from "./receivedEvent.ts";

export interface EventHubsSettings extends EventHubsServiceSettings {
  tls: LocalTls;
}

/**
 * A message is settled when the service has decided on it, not when it has come. Opening a link takes many short frames
 * to and fro, each of which would wait for the one before to be acknowledged.
 */
const LINKS = {
  noDelay: true,
  receiver_options: { autoaccept: false, credit_window: 300 },
  require_sasl: true,
};

/** Starts Azure Event Hubs of the local tenant: AMQP 1.0 over TLS, by token and role only, for senders. */
export async function startEventHubs(settings: EventHubsSettings): Promise<LocalEventHubs> {
  const service = new EventHubsService(settings);
  const container = rhea.create_container({ id: "local-event-hubs" });
  container.sasl_server_mechanisms.enable_anonymous();
  container.on("connection_open", ({ connection }) => new EventHubsConnection(connection, service));
  // What a client does that is gone is no error of the service.
  for (const event of ["connection_error", "protocol_error", "disconnected", "error"])
    container.on(event, () => {});
  const { key, cert } = settings.tls;
  const server = container.listen({ transport: "tls", key, cert, host: "127.0.0.1", port: 0, ...LINKS });
  await once(server, "listening");
  return new LocalEventHubs(service, server);
}

/** The event hubs of the local tenant, from behind: what arrived, and faults. */
export class LocalEventHubs {
  readonly #service: EventHubsService;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isDown = false;

  constructor(service: EventHubsService, server: Server) {
    this.#service = service;
    this.#server = server;
    server.on("connection", socket => this.#accept(socket));
  }

  /** Where every namespace is reached: a client names the namespace when it opens its connection. */
  get endpoint(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything that the event hub has taken, in the order in which it came. */
  events(namespace: string, name: string): readonly ReceivedEvent[] {
    return this.#service.events(namespace, name);
  }

  /** Lets messages of events fail that would have been taken. */
  setFault(fault: EventHubsFault): void {
    this.#service.setFault(fault);
  }

  /** While it is down, every connection is cut, also those that are open. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown;
    if (isDown) this.#cutAll();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#cutAll();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#isDown) socket.destroy();
  }

  #cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
