import type { Message } from "rhea";
import { holdsRole, type RoleAssignment } from "../azure/heldRoles.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import { type AmqpCondition, EventHubsError } from "./eventHubsErrors.ts";
import { type ReceivedEvent, receivedEvents } from "./receivedEvent.ts";

export interface EventHub {
  /** Host of the namespace: `contoso.servicebus.windows.net`. */
  namespace: string;
  name: string;
  /** Resource id, on which roles are granted. */
  resourceId: string;
  partitionCount: number;
  /** The largest message that a sender may send. Defaults to that of the Standard tier. */
  maxMessageBytes?: number;
  /** Defaults to false. */
  isDisabled?: boolean;
}

export interface EventHubsServiceSettings {
  /** Checks an access token and gives its claims; any audience will do. */
  verifyToken: VerifyToken;
  /** The role assignments as they are now; asked for each link. */
  roleAssignments(): readonly RoleAssignment[];
  /** The event hubs as they are now. */
  eventHubs(): readonly EventHub[];
}

/** What happens to a message of events in place of being taken. */
export interface EventHubsFault {
  /**
   * `serverBusy` throttles; `detach` ends the link and `reset` the connection before the message is looked at;
   * `lostAnswer` keeps the events and then ends the connection, so that the sender cannot know.
   */
  kind: "serverBusy" | "internal" | "detach" | "reset" | "lostAnswer";
  /** How many messages meet it. Defaults to 1. */
  count?: number;
}

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/analytics */
const DATA_SENDER = "2b629674-e913-4c01-ae53-ef4638d8f975";
const DATA_OWNER = "f526a384-b230-433a-b45c-95f59c4a2dec";

/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas */
const STANDARD_MAX_MESSAGE_BYTES = 1_048_576;

export function maxMessageBytes(hub: EventHub | undefined): number {
  return hub?.maxMessageBytes ?? STANDARD_MAX_MESSAGE_BYTES;
}

/** What Event Hubs knows and decides. Of AMQP it knows the messages only. */
export class EventHubsService {
  readonly #settings: EventHubsServiceSettings;
  /** By resource id. */
  readonly #events = new Map<string, ReceivedEvent[]>();
  readonly #faults: { kind: EventHubsFault["kind"]; left: number }[] = [];

  constructor(settings: EventHubsServiceSettings) {
    this.#settings = settings;
  }

  /** @param namespace its host; who has the address of the local tenant only means the one hub of that name. */
  find(namespace: string, name: string): EventHub | undefined {
    const named = this.#settings.eventHubs().filter(hub => sameName(hub.name, name));
    const found = named.find(hub => sameName(hub.namespace, namespace));
    return found ?? (namespace === "127.0.0.1" && named.length === 1 ? named[0] : undefined);
  }

  /**
   * The object id of the token's principal.
   *
   * @throws Error with the reason when it is no token for Event Hubs.
   */
  async authenticate(token: string): Promise<string> {
    const { aud, oid } = await this.#settings.verifyToken(token);
    if (!/^https:\/\/eventhubs\.azure\.net\/?$/.test(String(aud)))
      throw new Error(`The audience '${aud}' is not that of Event Hubs.`);
    return String(oid);
  }

  maySend(principalObjectId: string, { resourceId }: EventHub): boolean {
    const assignments = this.#settings.roleAssignments();
    return holdsRole(assignments, principalObjectId, [DATA_SENDER, DATA_OWNER], resourceId);
  }

  /** Keeps the events of a message, or gives the reason to reject it. */
  keep(hub: EventHub, content: Message | Buffer, format: number | undefined): AmqpCondition | undefined {
    const bytes = Buffer.isBuffer(content) ? content.length : 0;
    if (bytes > maxMessageBytes(hub)) return EventHubsError.tooLarge(bytes, maxMessageBytes(hub));
    try {
      const kept = this.#events.get(hub.resourceId) ?? [];
      this.#events.set(hub.resourceId, [...kept, ...receivedEvents(content, format, hub.partitionCount)]);
      return undefined;
    } catch (error) {
      return { condition: "amqp:decode-error", description: (error as Error).message };
    }
  }

  events(namespace: string, name: string): readonly ReceivedEvent[] {
    return this.#events.get(this.find(namespace, name)?.resourceId ?? "") ?? [];
  }

  setFault({ kind, count = 1 }: EventHubsFault): void {
    this.#faults.push({ kind, left: count });
  }

  /** The fault that the next message of events meets. */
  nextFault(): EventHubsFault["kind"] | undefined {
    const fault = this.#faults.find(({ left }) => left > 0);
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault.kind;
  }
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
