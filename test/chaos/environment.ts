import { randomUUID } from "node:crypto";

/** The seed that is given as `CHAOS_SEED`, or a new one. */
export function chaosSeed(): string {
  return process.env.CHAOS_SEED || randomUUID().slice(0, 8);
}

/** How many pollers are killed for each kind of store: `CHAOS_KILLS`, or 200. */
export function chaosKills(): number {
  const value = process.env.CHAOS_KILLS || "200";
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new Error(`CHAOS_KILLS is "${value}". Use a whole number from 1.`);
}
