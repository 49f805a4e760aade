import type { SinkEvent } from "./sink.ts";

/** What every event is sent with. */
export interface HecMetadata {
  index: string;
  source: string;
  sourcetype: string;
}

/**
 * An event as HTTP Event Collector takes it. The event is carried as its own bytes: parsed and written again, numbers
 * beyond 2^53 and doubled names would come out different.
 */
export function hecEvent({ id, creationTime, line }: SinkEvent, metadata: HecMetadata): Buffer {
  const time = secondsOf(creationTime);
  const more = {
    ...(time === undefined ? {} : { time }),
    ...metadata,
    // Indexed beside the event, so that one that came twice is found without parsing any: `| dedup event_id`.
    ...(id === undefined ? {} : { fields: { event_id: id } }),
  };
  const begin = JSON.stringify(more).slice(0, -1);
  return Buffer.concat([Buffer.from(`${begin},"event":`), line, Buffer.from("}\n")]);
}

/** `CreationTime` is UTC, mostly without saying so. Undefined for what is no time: then HEC takes the time of arrival. */
function secondsOf(creationTime: string | undefined): number | undefined {
  if (creationTime === undefined) return undefined;
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(creationTime);
  const milliseconds = Date.parse(hasZone ? creationTime : `${creationTime}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
