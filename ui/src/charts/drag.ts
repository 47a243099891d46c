/** Moves charts and sections with the pointer: a mark shows where they would stand, and Escape takes the move back. */

import { describe, moveChart, moveSection } from "./arrangement";
import type { Board } from "./board";
import classes from "./drag.module.css";
import { type Mark, placeForChart, placeForSection, type Point } from "./drop";
import { titleOf } from "./layout";
import { followPointer } from "./pointer";

/** The pointer has to move so far before anything is moved: a click moves nothing. */
const THRESHOLD = 4;

/** So near to the edge the board scrolls, by at most so many pixels a frame. */
const EDGE = 48;
const FASTEST = 18;

/** Drags a chart from where the pointer went down. */
export function dragChart(board: Board, chart: string, start: PointerEvent): void {
  let place: ReturnType<typeof placeForChart> = null;
  follow(board, start, {
    title: titleOf(chart),
    dragged: `[data-chart="${CSS.escape(chart)}"]`,
    over(point) {
      const { boxes, grid } = board.now();
      place = placeForChart(boxes, grid, chart, point);
      return place?.mark ?? null;
    },
    drop: () => place && board.arrange(moveChart(board.now().sections, chart, place.place), { chart, focus: "grip" }),
  });
}

/** Drags a section from where the pointer went down. */
export function dragSection(board: Board, name: string, start: PointerEvent): void {
  let place: ReturnType<typeof placeForSection> = null;
  follow(board, start, {
    title: name,
    dragged: `[data-section="${CSS.escape(name)}"]`,
    over(point) {
      const { boxes, grid } = board.now();
      place = placeForSection(boxes, grid, name, point);
      return place?.mark ?? null;
    },
    drop() {
      if (!place) return;
      const { beside, isBehind } = place;
      board.change(describe(moveSection(board.now().sections, name, beside, isBehind)), `Section ${name} is ${isBehind ? "behind" : "before"} ${beside}`);
    },
  });
}

interface Dragging {
  title: string;
  /** Selector of what is dragged. */
  dragged: string;
  /** Returns where the mark is, in pixels of the layer; null if nothing can be dropped here. */
  over: (point: Point) => Mark | null;
  drop: () => void;
}

function follow(board: Board, start: PointerEvent, { title, dragged, over, drop }: Dragging): void {
  const { scroll, layer } = board.now();
  let ghost: HTMLElement | null = null;
  let mark: HTMLElement | null = null;
  let at = { x: start.clientX, y: start.clientY };
  let frame = 0;

  const begin = (): void => {
    ghost = document.body.appendChild(Object.assign(document.createElement("div"), { className: classes.ghost!, textContent: title }));
    mark = layer.appendChild(Object.assign(document.createElement("div"), { className: classes.mark! }));
    document.body.classList.add(classes.dragging!);
    frame = requestAnimationFrame(tick);
  };
  const tick = (): void => {
    const { top, bottom } = scroll.getBoundingClientRect();
    const by = at.y < top + EDGE ? at.y - top - EDGE : at.y > bottom - EDGE ? at.y - bottom + EDGE : 0;
    if (by) scroll.scrollTop += Math.sign(by) * Math.min(FASTEST, Math.ceil(Math.abs(by) / 3));
    show();
    frame = requestAnimationFrame(tick);
  };
  const show = (): void => {
    const { left, top } = layer.getBoundingClientRect();
    const place = over({ x: at.x - left, y: at.y - top });
    ghost!.style.transform = `translate(${at.x + 10}px, ${at.y + 8}px)`;
    // What is dragged may be drawn anew while the board scrolls.
    for (const one of layer.querySelectorAll<HTMLElement>(`[data-dragged]:not(${dragged})`)) delete one.dataset.dragged;
    const element = layer.querySelector<HTMLElement>(dragged);
    if (element) element.dataset.dragged = "";
    mark!.hidden = !place;
    if (place) Object.assign(mark!.style, { transform: `translate(${place.x}px, ${place.y}px)`, width: `${place.width}px`, height: `${place.height}px` });
  };
  const end = (isDropped: boolean): void => {
    if (!ghost) return;
    cancelAnimationFrame(frame);
    ghost.remove();
    mark!.remove();
    document.body.classList.remove(classes.dragging!);
    for (const one of layer.querySelectorAll<HTMLElement>("[data-dragged]")) delete one.dataset.dragged;
    if (isDropped) drop();
  };

  followPointer(start, {
    move(event) {
      at = { x: event.clientX, y: event.clientY };
      if (!ghost && Math.hypot(at.x - start.clientX, at.y - start.clientY) > THRESHOLD) begin();
      if (ghost) event.preventDefault();
    },
    end(event) {
      if (event) at = { x: event.clientX, y: event.clientY };
      if (event && ghost) show();
      end(event !== null);
    },
  });
}

