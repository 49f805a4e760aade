import type { ReadableStore } from "../../poller/store/store.ts";

/** When a process dies: at its nth change of a store, which does or does not take place. */
export interface Death {
  change: number;
  takesPlace: boolean;
}

/** A store of a process that dies. From then on it does nothing any more, which is all that others see of a death. */
export function mortal(store: ReadableStore, death: Death): { store: ReadableStore; isDead: () => boolean } {
  let changes = 0;
  let isDead = false;
  const living = () => {
    if (isDead) throw new Error("The process is dead.");
  };
  const changing = async <T>(change: () => Promise<T>): Promise<T> => {
    living();
    changes += 1;
    if (changes < death.change) return change();
    isDead = true;
    if (death.takesPlace) await change();
    throw new Error("The process is dead.");
  };
  const reading = async <T>(read: () => Promise<T>): Promise<T> => {
    living();
    return read();
  };
  return {
    isDead: () => isDead,
    store: {
      create: (name, bytes) => changing(() => store.create(name, bytes)),
      begin: async name => {
        const object = await reading(() => store.begin(name));
        return {
          write: bytes => reading(() => object.write(bytes)),
          commit: () => changing(() => object.commit()),
          discard: () => object.discard(),
        };
      },
      replace: (name, bytes, version) => changing(() => store.replace(name, bytes, version)),
      remove: name => changing(() => store.remove(name)),
      size: name => reading(() => store.size(name)),
      read: name => reading(() => store.read(name)),
      list: prefix => reading(() => store.list(prefix)),
      stream: name => reading(() => store.stream(name)),
    },
  };
}
