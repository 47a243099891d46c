/** What a pointer does from when its button went down until it comes up. */

interface Followed {
  move: (event: PointerEvent) => void;
  /** Called once, with where the button came up; with null where it is taken back: by Escape, or as the pointer was lost. */
  end: (event: PointerEvent | null) => void;
}

/** Follows the pointer whose button went down. */
export function followPointer(start: PointerEvent, { move, end }: Followed): void {
  const ended = new AbortController();
  const { signal } = ended;
  const finish = (event: PointerEvent | null): void => {
    ended.abort();
    end(event);
  };
  const listen = (type: "pointermove" | "pointerup" | "pointercancel", act: (event: PointerEvent) => void): void =>
    addEventListener(type, (event) => event.pointerId === start.pointerId && act(event), { signal });
  // The button may have been let go before this was loaded.
  listen("pointermove", (event) => (event.buttons ? move(event) : finish(null)));
  listen("pointerup", finish);
  listen("pointercancel", () => finish(null));
  addEventListener("blur", () => finish(null), { signal });
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      finish(null);
    },
    { signal, capture: true },
  );
}
