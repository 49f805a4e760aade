import { randomUUID } from "node:crypto";

export interface AmqpCondition {
  condition: string;
  description: string;
}

/**
 * Refusals of Event Hubs: the conditions by which clients decide, with Azure's own words.
 * https://learn.microsoft.com/azure/event-hubs/event-hubs-messaging-exceptions
 */
export const EventHubsError = {
  /** Words of Azure-Samples and of home-assistant/core#81084. */
  unauthorized: (resource: string) =>
    condition(
      "amqp:unauthorized-access",
      `Unauthorized access. 'Send' claim(s) are required to perform this operation. Resource: '${resource}'.`,
    ),
  notFound: (resource: string) =>
    condition(
      "amqp:not-found",
      `The messaging entity '${resource}' could not be found. To know more visit https://aka.ms/sbResourceMgrExceptions. `,
    ),
  /** Words of Azure/azure-event-hubs-spark#576. */
  serverBusy: () =>
    condition(
      "com.microsoft:server-busy",
      "The request was terminated because the entity is being throttled. Error code : 50002. Please wait 4 seconds and " +
        "try again. To know more visit https://aka.ms/sbResourceMgrExceptions",
    ),
  tooLarge: (bytes: number, limit: number) =>
    condition(
      "amqp:link:message-size-exceeded",
      `The received message (delivery-id:0, size:${bytes} bytes) exceeds the limit (${limit} bytes) currently allowed on the link.`,
    ),
  disabled: (resource: string) =>
    condition(
      "com.microsoft:entity-disabled",
      `Messaging entity '${resource}' is currently disabled. To know more visit https://aka.ms/sbResourceMgrExceptions.`,
    ),
  internal: () =>
    condition(
      "amqp:internal-error",
      "The service was unable to process the request; please retry the operation.",
    ),
  detached: (link: string) =>
    condition(
      "amqp:link:detach-forced",
      `The link '${link}' is force detached. Code: publisher(link). Details: AmqpMessagePublisher.IdleTimerExpired: Idle timeout: 00:30:00.`,
    ),
} as const satisfies Record<string, (...of: never[]) => AmqpCondition>;

/** Each answer can be told to Microsoft's support by its tracking id. */
function condition(name: string, words: string): AmqpCondition {
  const tracking = `TrackingId:${randomUUID().replaceAll("-", "")}_G1, SystemTracker:gateway5`;
  return { condition: name, description: `${words} ${tracking}, Timestamp:${new Date().toISOString()}` };
}
