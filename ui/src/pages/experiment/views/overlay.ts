/** A view's state and what a URL changes of it: what the page shows, and back. */

import { type ExperimentSearch, type ExperimentUrl, PLAIN } from "../search";

/** Returns what the page shows: the state of the open view, with what the URL says on top. */
export function overlay(under: ExperimentSearch, url: ExperimentUrl): ExperimentSearch {
  const { view: _, without = [], ...own } = url;
  if (Object.keys(under).length === 0) return own;
  return { ...Object.fromEntries(Object.entries(under).filter(([name]) => !without.includes(name))), ...own };
}

/**
 * Returns the URL of a changed state.
 *
 * @param under The state of the open view; empty without one.
 * @param url What the URL says now.
 * @param changes Fields that change; one that is undefined returns to its default.
 * @param hasDefault Whether an empty URL would open a view.
 */
export function changeUrl(under: ExperimentSearch, url: ExperimentUrl, changes: Partial<ExperimentSearch>, hasDefault: boolean): ExperimentUrl {
  const shown = defined({ ...overlay(under, url), ...changes });
  if (url.view === undefined || url.view === PLAIN) {
    return hasDefault && Object.keys(shown).length === 0 ? { view: PLAIN } : shown;
  }
  const before = under as Record<string, unknown>;
  const own = Object.fromEntries(Object.entries(shown).filter(([name, value]) => !isSame(value, before[name])));
  const without = Object.keys(under).filter((name) => !(name in shown));
  return { ...own, view: url.view, ...(without.length ? { without } : {}) };
}

/** Returns a state without the fields that are undefined, as those of a URL are that mean nothing. */
export function defined<S extends ExperimentSearch>(state: S): S {
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined)) as S;
}

/** Whether two values of a state, which are JSON, say the same. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]));
}
