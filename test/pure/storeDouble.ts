import type { ReadableStore } from "../../poller/store/store.ts";

/** A store that is another one but for what a test changes. */
export function storeLike(store: ReadableStore, changes: Partial<ReadableStore>): ReadableStore {
  return {
    create: (name, bytes) => store.create(name, bytes),
    begin: name => store.begin(name),
    replace: (name, bytes, version) => store.replace(name, bytes, version),
    remove: name => store.remove(name),
    size: name => store.size(name),
    read: name => store.read(name),
    list: prefix => store.list(prefix),
    stream: name => store.stream(name),
    ...changes,
  };
}
