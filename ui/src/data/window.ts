/** What the pages are shown in: how wide it is, and by what it is pointed at. */

import { useCallback, useSyncExternalStore } from "react";
import { createStore } from "./store";

// As in the media queries of the style sheets; tests of what needs no window run without one.
const narrow = globalThis.matchMedia?.("(max-width: 900px)");
const phone = globalThis.matchMedia?.("(max-width: 600px)");

/** Whether fingers point here, which need more room than a mouse. */
export const IS_TOUCHED = globalThis.matchMedia?.("(pointer: coarse)").matches ?? false;

/** Whether the sidebar, which is a drawer in a narrow window, is drawn. */
export const drawer = createStore(false);

/** Tells whether there is room for one thing only, as on a phone or an upright tablet. */
export function useNarrow(): boolean {
  return useMatch(narrow);
}

/** Returns whether there is room for one thing only now. */
export function isNarrow(): boolean {
  return narrow?.matches ?? false;
}

/** Tells whether the window is as narrow as a phone. */
export function usePhone(): boolean {
  return useMatch(phone);
}

/** Resolves when what is being drawn now is in sight: what nobody waits for begins then. */
export function afterPaint(): Promise<void> {
  // The callback of a frame runs before that frame is painted.
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))));
}

function useMatch(query: MediaQueryList | undefined): boolean {
  const watch = useCallback(
    (listener: () => void) => {
      query?.addEventListener("change", listener);
      return () => query?.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(watch, () => query?.matches ?? false);
}

/** Milliseconds for which the pointer rests on something until it seems to be about to press it. */
export const RESTS = 60;
