import type { Store } from "../store/store.ts";
import { EMPTY_GZIP } from "./gzipBuilder.ts";

/** How often an event blob is created that the store says is there when it is not. */
const MOST_CREATIONS = 3;

/**
 * Creates an event blob and says whether it did. That the name is taken is believed only when something has it: the
 * conflict may be one of the account or the container, and to go on as if the events were there would lose them.
 *
 * @param create puts it into the store unless there is one of its name, and says whether it did.
 */
export async function createEventBlob(
  store: Store,
  name: string,
  create: () => Promise<boolean>,
): Promise<boolean> {
  for (let attempt = 1; attempt <= MOST_CREATIONS; attempt += 1) {
    if (await create()) return true;
    if ((await store.size(name)) !== undefined) return false;
  }
  throw new Error(
    `The store says that ${name} is there, which it is not. See what else keeps the container from being written to.`,
  );
}

/** Creates an event blob without events, so that nobody can create one under this name any more. Says whether it did. */
export function callOff(store: Store, name: string): Promise<boolean> {
  return createEventBlob(store, name, () => store.create(name, EMPTY_GZIP));
}

/** Whether somebody has called off the event blob that has this name now. */
export async function isCalledOff(store: Store, name: string): Promise<boolean> {
  return (await store.size(name)) === EMPTY_GZIP.length;
}
