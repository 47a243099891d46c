/** Fingers on a chart: one reads it, two zoom; up and down it scrolls the page, as everywhere. */

import type { Range } from "./ranges";

/** Where two fingers are, in pixels from the left end of the chart. */
export type Fingers = readonly [number, number];

export interface TouchHandlers {
  /** One finger points at a place, in pixels of the element. */
  onPlace: (left: number, top: number) => void;
  /** Two fingers that were at `from` are at `to`. */
  onPinch: (from: Fingers, to: Fingers) => void;
  onPinchEnd: () => void;
  /** The page is scrolled, or touched elsewhere. */
  onAway: () => void;
}

/** Pixels that a finger moves without meaning it. */
const SLACK = 6;

/** Fingers cannot be nearer to each other; a chart that is zoomed by less would show next to nothing. */
const LEAST_SPAN = 24;

/** Follows fingers on an element until the signal is given. Their events also come as those of a mouse after a tap. */
export function followTouches(element: HTMLElement, { onPlace, onPinch, onPinchEnd, onAway }: TouchHandlers, signal: AbortSignal): void {
  const fingers = new Map<number, { left: number; top: number; startLeft: number; isMoved: boolean }>();
  let pinch: { ids: readonly [number, number]; from: Fingers } | null = null;
  // A finger that is left of two points at nothing.
  let isOver = false;
  const place = (event: PointerEvent): [left: number, top: number] => {
    const corner = element.getBoundingClientRect();
    return [event.clientX - corner.left, event.clientY - corner.top];
  };
  const at = (ids: readonly [number, number]): Fingers => [fingers.get(ids[0])!.left, fingers.get(ids[1])!.left];
  const listen = <E extends Event>(target: EventTarget, types: string, handle: (event: E) => void): void => {
    for (const type of types.split(" ")) target.addEventListener(type, handle as EventListener, { signal, capture: target !== element });
  };
  listen<PointerEvent>(element, "pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    const [left, top] = place(event);
    fingers.set(event.pointerId, { left, top, startLeft: left, isMoved: false });
    const [first, second] = [...fingers.keys()];
    if (fingers.size !== 2) return;
    const ids = [first!, second!] as const;
    pinch = { ids, from: at(ids) };
    isOver = true;
    onAway();
  });
  listen<PointerEvent>(element, "pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    [finger.left, finger.top] = place(event);
    finger.isMoved ||= Math.abs(finger.left - finger.startLeft) > SLACK;
    if (pinch) onPinch(pinch.from, at(pinch.ids));
    else if (finger.isMoved && !isOver) onPlace(finger.left, finger.top);
  });
  listen<PointerEvent>(element, "pointerup pointercancel", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger || !fingers.delete(event.pointerId)) return;
    if (pinch) onPinchEnd();
    else if (event.type === "pointercancel") onAway();
    else if (!isOver) onPlace(finger.left, finger.top);
    pinch = null;
    isOver = fingers.size > 0;
  });
  listen<PointerEvent>(document, "pointerdown", (event) => {
    if (event.pointerType === "touch" && !element.contains(event.target as Node)) onAway();
  });
  listen(document, "scroll", onAway);
}

/**
 * Returns what an axis shows after two fingers have moved: what was below each is below it still.
 *
 * @param width Pixels of the axis.
 */
export function pinchedRange([low, high]: Range, from: Fingers, to: Fingers, width: number, isLog: boolean): Range {
  const [first, second] = from[0] <= from[1] ? [0, 1] : [1, 0];
  const before = Math.max(LEAST_SPAN, from[second]! - from[first]!);
  const after = Math.max(LEAST_SPAN, to[second]! - to[first]!);
  const share = (pixel: number): number => (from[first]! + ((pixel - to[first]!) * before) / after) / width;
  const valueAt = (part: number): number => (isLog ? low * (high / low) ** part : low + part * (high - low));
  return [valueAt(share(0)), valueAt(share(width))];
}
