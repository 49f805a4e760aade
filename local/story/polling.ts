import type { InvocationResult } from "../functions/functionHost.ts";
import type { LocalTenant } from "../tenant.ts";
import { count } from "./narration.ts";
import { mustBeTrue } from "./storyFailure.ts";

/** What the story tells of a content type in the poller's own summary of a run. */
interface Collected {
  listed: number;
  known: number;
  fetched: number;
  kept: Record<string, number>;
  dropped: Record<string, number>;
  duplicates: number;
  isComplete: boolean;
}

/** Lets the deployed function poll now instead of at its next time, and tells what it says of itself. */
export async function pollNow(tenant: LocalTenant, functionAppName: string): Promise<string[]> {
  const run = await tenant.functionApps.run(functionAppName, "poll");
  const printed = run.logs.map(({ message }) => message).join("\n");
  mustBeTrue(run.succeeded, "the deployed function polls", `${run.error}\n${printed}`);
  const collected = collectedIn(run);
  mustBeTrue(collected?.isComplete === true, "the run delivered everything listed", printed);
  const { listed, known, fetched, kept, dropped, duplicates } = collected;
  return [
    `the deployed function polled: ${count(listed, "content blob")} listed (${known} known before), ${fetched} fetched`,
    `${count(sum(kept), "event")} kept, ${sum(dropped)} dropped, ${count(duplicates, "repetition")} left out`,
  ];
}

/** The poller logs one line of JSON at the end of a run. */
function collectedIn({ logs }: InvocationResult): Collected | undefined {
  const line = logs.map(({ message }) => message).findLast(message => message.includes('"poll.completed"'));
  if (line === undefined) return undefined;
  return (JSON.parse(line) as { contentTypes: Collected[] }).contentTypes[0];
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, number) => total + number, 0);
}
