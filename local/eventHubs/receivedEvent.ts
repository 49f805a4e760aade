import { createHash } from "node:crypto";
import rhea, { type Message } from "rhea";

/** An event as a reader of the event hub gets it. */
export interface ReceivedEvent {
  body: Buffer;
  contentType: string | undefined;
  messageId: string | undefined;
  /** Application properties. */
  properties: Record<string, unknown>;
  partitionKey: string | undefined;
  partitionId: string;
}

/** Several events in one message, each of them an encoded message in a data section of its own. */
const BATCH_FORMAT = 0x80013700;

/**
 * The events of a transfer.
 *
 * @param content what rhea makes of it: bytes, unless the format is that of a single message.
 * @throws Error when the bytes are not what their format promises.
 */
export function receivedEvents(
  content: Message | Buffer,
  format: number | undefined,
  partitionCount: number,
): ReceivedEvent[] {
  if (!Buffer.isBuffer(content)) return [received(content, content, partitionCount)];
  if (format !== BATCH_FORMAT) throw new Error(`The message format ${format} is unknown.`);
  const batch = rhea.message.decode(content) as unknown as Message;
  return sections(batch).map(bytes =>
    received(rhea.message.decode(bytes) as unknown as Message, batch, partitionCount),
  );
}

function received(event: Message, envelope: Message, partitionCount: number): ReceivedEvent {
  const partitionKey: string | undefined = envelope.message_annotations?.["x-opt-partition-key"];
  const body = sections(event);
  if (body.length !== 1) throw new Error("An event has one data section.");
  return {
    body: body[0]!,
    contentType: event.content_type,
    messageId: event.message_id as string | undefined,
    properties: event.application_properties ?? {},
    partitionKey,
    partitionId: String(partitionOf(partitionKey ?? String(event.message_id), partitionCount)),
  };
}

function sections({ body }: Message): Buffer[] {
  const { typecode, content } = body ?? {};
  if (typecode !== 0x75) throw new Error("The body of the message is not data.");
  return Array.isArray(content) ? content : [content];
}

/** Azure has a hash function of its own; what matters is that a key always leads to the same partition. */
function partitionOf(key: string, partitionCount: number): number {
  return createHash("sha256").update(key).digest().readUInt16BE(0) % partitionCount;
}
