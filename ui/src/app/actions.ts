/**
 * What can be done now, by key and by the palette.
 *
 * A part of a page says what it offers while it is shown (`useActions`); one listener for the whole app finds the
 * action of a key, the palette lists all of them, and `?` shows their keys.
 */

import { useEffect, useRef } from "react";
import { createStore } from "@/data/store";

export interface Action {
  /** Names it among all that are offered: `run.select`. */
  id: string;
  /** What it does, as a person would say it: "Select the run". */
  label: string;
  /** Its key: `j`, `?`, `Escape`, `mod+k`, where `mod` is Ctrl, or Cmd on a Mac. */
  keys?: string;
  /** Under which head it stands in the help: the name of the part that offers it. */
  section: string;
  run: () => void;
  /** Whether the palette leaves it out, as it does moves of a cursor. */
  silent?: boolean;
}

/** The offers of all parts that are shown, the latest last. */
export const offers = createStore<readonly (readonly Action[])[]>([]);

/** Offers actions while the calling component is shown; of two for one key the later one counts. */
export function useActions(actions: readonly Action[]): void {
  const latest = useRef(actions);
  latest.current = actions;
  const shape = actions.map(({ id, keys, label }) => `${id} ${keys ?? ""} ${label}`).join("\n");
  useEffect(() => {
    const offered = latest.current.map((action) => ({
      ...action,
      run: () => latest.current.find(({ id }) => id === action.id)?.run(),
    }));
    offers.set((before) => [...before, offered]);
    return () => offers.set((before) => before.filter((one) => one !== offered));
    // What an action does is looked up when it is done, so only what is shown of it counts here.
  }, [shape]);
}

/** Whether the palette or the help is shown. */
export const overlay = createStore<"palette" | "help" | null>(null);

/** What was typed for the palette: also while it is still on its way. */
export const paletteText = createStore("");

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Returns how a key is written for a person: `mod+k` is ⌘K or Ctrl K. */
export function keyName(keys: string): string {
  const parts = keys.split("+");
  const last = parts.pop()!;
  const name = { Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓" }[last] ?? (last.length === 1 && parts.length ? last.toUpperCase() : last);
  return parts.includes("mod") ? (MAC ? `⌘${name}` : `Ctrl ${name}`) : parts.includes("shift") ? `Shift ${name}` : name;
}

/** Returns the key that an event stands for, in the words of {@link Action.keys}. */
export function keyOf(event: KeyboardEvent): string {
  const mod = event.metaKey || event.ctrlKey ? "mod+" : "";
  const shift = event.shiftKey && event.key.length > 1 ? "shift+" : "";
  return mod + shift + (mod ? event.key.toLowerCase() : event.key);
}

/** Does what a key asks for; where people write, and in dialogs, only keys with `mod` and Escape count. */
export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  const keys = keyOf(event);
  if (isWriting(event.target) && !keys.startsWith("mod+") && keys !== "Escape") return;
  if (overlay.get() === "palette" && keys.length === 1) {
    event.preventDefault();
    paletteText.set((before) => before + keys);
    return;
  }
  if (hasOwnKeys(event.target, keys)) return;
  for (const actions of [...offers.get()].reverse()) {
    const action = actions.find((one) => one.keys === keys);
    if (action) {
      event.preventDefault();
      action.run();
      return;
    }
  }
}

/** Whether a key is for what has the focus: Enter for a button, and every plain one for what lies over the page. */
function hasOwnKeys(target: EventTarget | null, keys: string): boolean {
  if (!(target instanceof HTMLElement) || keys.startsWith("mod+")) return false;
  if (target.closest("[role=dialog], [role=menu], [role=listbox]")) return true;
  return (keys === "Enter" || keys === " ") && target.closest("button, a, summary, input, [role=tab], [role=radio]") !== null;
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
