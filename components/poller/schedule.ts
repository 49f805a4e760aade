import { createHash } from "node:crypto";

/** An NCRONTAB expression, six fields with seconds first; an hourly run has no step to write. */
export function everyMinutes(minutes: number): string {
  return minutes === 60 ? "0 0 * * * *" : `0 */${minutes} * * * *`;
}

/**
 * The same for one of many tenants, at a second and a minute that follow from its name: all at once they would burden the
 * sinks that they share, and the schedule of none may change when others come and go.
 */
export function everyMinutesOfOwn(tenant: string, minutes: number): string {
  const number = createHash("sha256").update(tenant).digest().readUInt32BE();
  const second = number % 60;
  const first = Math.floor(number / 60) % minutes;
  return minutes === 60 ? `${second} ${first} * * * *` : `${second} ${first}-59/${minutes} * * * *`;
}
