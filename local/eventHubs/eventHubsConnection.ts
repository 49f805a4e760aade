import type { Connection, Delivery, EventContext, Message, Receiver, Sender } from "rhea";
import { type AmqpCondition, EventHubsError } from "./eventHubsErrors.ts";
import { type EventHub, type EventHubsService, maxMessageBytes } from "./eventHubsService.ts";

/** Addresses at which the service itself answers. */
const CLAIMS = "$cbs";
const MANAGEMENT = "$management";

/** A message of events on a link. */
interface Transfer {
  content: Message | Buffer;
  format: number | undefined;
  delivery: Delivery;
  receiver: Receiver;
  /** What the link sends to. */
  address: string;
}

/**
 * One connection of a client: it proves itself at `$cbs` for what it wants to use, and then opens links to it.
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#claims-based-authorization
 */
export class EventHubsConnection {
  readonly #service: EventHubsService;
  readonly #connection: Connection;
  readonly #namespace: string;
  /** What was claimed, `sb://<namespace>/<hub>` in lower case, and whose token it was. */
  readonly #claims = new Map<string, string>();
  /** Links on which the client waits for answers, by name. */
  readonly #answers = new Map<string, Sender>();

  constructor(connection: Connection, service: EventHubsService) {
    this.#connection = connection;
    this.#service = service;
    this.#namespace = connection.remote.open.hostname ?? "";
    connection.on("sender_open", ({ sender }: EventContext) => this.#openAnswers(sender!));
    connection.on("receiver_open", ({ receiver }: EventContext) => this.#openLink(receiver!));
    connection.on("message", (context: EventContext) => this.#receive(context));
  }

  #openAnswers(sender: Sender): void {
    sender.set_source({ address: sender.source.address });
    this.#answers.set(sender.name, sender);
    if (sender.target?.address) this.#answers.set(sender.target.address, sender);
  }

  #openLink(receiver: Receiver): void {
    const address = receiver.target.address as string;
    receiver.set_target({ address });
    const refusal = this.#reasonToRefuse(address);
    if (refusal !== undefined) {
      receiver.close(refusal);
      return;
    }
    const hub = this.#hubAt(address);
    // Not in rhea's types, and read when the answer is written, after this.
    const { local } = receiver as unknown as { local: { attach: { max_message_size: number } } };
    local.attach.max_message_size = maxMessageBytes(hub);
  }

  #reasonToRefuse(address: string): AmqpCondition | undefined {
    if (address === CLAIMS || address === MANAGEMENT) return undefined;
    const hub = this.#hubAt(address);
    const resource = this.#resource(address);
    if (hub === undefined) return EventHubsError.notFound(resource);
    if (!this.#mayUse(hub)) return EventHubsError.unauthorized(resource);
    return hub.isDisabled ? EventHubsError.disabled(resource) : undefined;
  }

  #receive({ message, delivery, receiver, ...context }: EventContext): void {
    const address = receiver!.target.address as string;
    if (address === CLAIMS) this.#takeClaim(message!, delivery!);
    else if (address === MANAGEMENT) this.#describe(message!, delivery!);
    else
      this.#take({
        // For a batch, rhea hands over the bytes, which its types do not know.
        content: message as Message | Buffer,
        format: (context as { format?: number }).format,
        delivery: delivery!,
        receiver: receiver!,
        address,
      });
  }

  #takeClaim(request: Message, delivery: Delivery): void {
    delivery.accept();
    const { name } = request.application_properties ?? {};
    this.#service.authenticate(String(request.body)).then(
      principal => {
        this.#claims.set(String(name).toLowerCase(), principal);
        this.#answer(request, 202, "Accepted");
      },
      (error: Error) =>
        this.#answer(request, 401, `InvalidSignature: The token is not valid. ${error.message}`),
    );
  }

  #describe(request: Message, delivery: Delivery): void {
    delivery.accept();
    const name = String(request.application_properties?.name);
    const hub = this.#service.find(this.#namespace, name);
    if (hub === undefined)
      this.#answer(request, 404, EventHubsError.notFound(this.#resource(name)).description);
    else if (this.#mayUse(hub)) this.#answer(request, 200, "OK", properties(hub));
    else this.#answer(request, 401, EventHubsError.unauthorized(this.#resource(name)).description);
  }

  #answer(request: Message, status: number, description: string, body: object | string = ""): void {
    this.#answers.get(String(request.reply_to))?.send({
      correlation_id: request.message_id as string,
      application_properties: { "status-code": status, "status-description": description },
      body,
    });
  }

  #take(transfer: Transfer): void {
    const { delivery, receiver, address } = transfer;
    const hub = this.#hubAt(address);
    const fault = this.#service.nextFault();
    if (hub === undefined) receiver.close(EventHubsError.notFound(this.#resource(address)));
    else if (fault === "detach") receiver.close(EventHubsError.detached(receiver.name));
    else if (fault === "reset") this.#cut();
    else if (fault === "serverBusy") delivery.reject(EventHubsError.serverBusy());
    else if (fault === "internal") delivery.reject(EventHubsError.internal());
    else this.#keep(hub, transfer, fault === "lostAnswer");
  }

  #keep(hub: EventHub, { content, format, delivery }: Transfer, isAnswerLost: boolean): void {
    const refusal = this.#service.keep(hub, content, format);
    if (isAnswerLost) this.#cut();
    else if (refusal === undefined) delivery.accept();
    else delivery.reject(refusal);
  }

  /** As when a network fails: no word of it in the protocol. */
  #cut(): void {
    (this.#connection as unknown as { socket: { destroy(): void } }).socket.destroy();
  }

  #hubAt(address: string): EventHub | undefined {
    const [name = ""] = address.split("/");
    return this.#service.find(this.#namespace, name);
  }

  #resource(address: string): string {
    return `sb://${this.#namespace}/${address}`;
  }

  /** Whether it was claimed, by somebody who may. A claim on what lies below the hub is one on the hub. */
  #mayUse(hub: EventHub): boolean {
    const claimed = this.#resource(hub.name).toLowerCase();
    return [...this.#claims].some(
      ([claim, principal]) =>
        (claim === claimed || claim.startsWith(`${claimed}/`)) && this.#service.maySend(principal, hub),
    );
  }
}

/** https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide */
function properties({ name, partitionCount }: EventHub): object {
  return {
    name,
    type: "com.microsoft:eventhub",
    created_at: new Date(0),
    partition_count: partitionCount,
    partition_ids: Array.from({ length: partitionCount }, (_, index) => String(index)),
  };
}
