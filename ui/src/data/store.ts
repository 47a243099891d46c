/** A value outside of React that many parts watch, each only for what it needs. */

import { useSyncExternalStore } from "react";

export interface Store<T> {
  get: () => T;
  set: (change: T | ((before: T) => T)) => void;
  subscribe: (listener: () => void) => () => void;
}

/** Returns a store that holds a value; listeners are called when it is replaced by another one. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(change) {
      const next = typeof change === "function" ? (change as (before: T) => T)(value) : change;
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Returns what `select` takes from a store, and renders again when that changes. */
export function useStore<T, S = T>(store: Store<T>, select: (value: T) => S = (value) => value as unknown as S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
