import { type RefObject, useEffect, useState } from "react";

/** Lines that are drawn above and below those in sight. */
const AHEAD = 8;

/**
 * Returns which lines of one height are in sight in a box that scrolls: from the first number to below the second.
 *
 * Nothing is measured before the browser has laid out the page anyway: until then there are as many as the window has
 * room for.
 */
export function useLinesInSight(box: RefObject<HTMLElement | null>, count: number, height: number): [first: number, end: number] {
  const [top, setTop] = useState(0);
  const [room, setRoom] = useState(window.innerHeight);
  useEffect(() => {
    const element = box.current!;
    const scrolled = (): void => setTop(element.scrollTop);
    const watch = new ResizeObserver(() => setRoom(element.clientHeight));
    watch.observe(element);
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener("scroll", scrolled);
    };
  }, [box]);
  const first = Math.floor(top / height) - AHEAD;
  const end = Math.ceil((top + room) / height) + AHEAD;
  return [Math.max(0, first), Math.min(count, end)];
}
