/** What of a large drawing is seen: moved and zoomed past React, at the pointer's pace. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Viewport {
  /** Begins to listen; the returned function ends it. The layer moves within the frame, and the drawing is scaled within the layer. */
  attach: (frame: HTMLElement, layer: HTMLElement, drawing: HTMLElement) => () => void;
  /** Says how large the drawing is. */
  resize: (width: number, height: number) => void;
  /** Shows all of it if it can be read so; else what is at this box. */
  begin: (box: Box | null) => void;
  /** Shows all of it. */
  fit: () => void;
  /** Zooms around the middle. */
  zoom: (factor: number) => void;
  /** Moves as little as needed to show a box. */
  show: (box: Box) => void;
}

/** One press of a button, and one notch of a wheel. */
export const STEP = 1.25;

const LEAST = 0.05;
const MOST = 2;

/** All of a drawing is shown at first down to this zoom; what is larger is shown in part, at the other one. */
const SMALL = 0.66;
const READABLE = 0.9;

/** Room around what is shown, in pixels. */
const MARGIN = 24;

/** After so long at one zoom the drawing is painted sharply, in milliseconds. */
const REST = 200;

/** So far a pointer moves before it drags instead of clicking. */
const SLACK = 4;

export function createViewport(): Viewport {
  let frame: HTMLElement | null = null;
  let layer: HTMLElement | null = null;
  let drawing: HTMLElement | null = null;
  let [x, y, scale] = [0, 0, 1];
  let [width, height] = [0, 0];

  /** The zoom at which the drawing is painted. */
  let painted = 0;
  let resting = 0;

  function apply(): void {
    if (!layer) return;
    if (!painted) paint();
    // Only the layer moves: nothing is painted again. While people zoom, it is stretched.
    const stretch = scale / painted;
    layer.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)${stretch === 1 ? "" : ` scale(${stretch})`}`;
    window.clearTimeout(resting);
    if (stretch !== 1) resting = window.setTimeout(sharpen, REST);
  }

  function paint(): void {
    painted = scale;
    if (drawing) drawing.style.transform = `scale(${scale})`;
  }

  function sharpen(): void {
    paint();
    apply();
  }

  function size(): [number, number] {
    return frame ? [frame.clientWidth, frame.clientHeight] : [0, 0];
  }

  function zoomAt(factor: number, atX: number, atY: number): void {
    const next = Math.min(MOST, Math.max(LEAST, scale * factor));
    x = atX - ((atX - x) * next) / scale;
    y = atY - ((atY - y) * next) / scale;
    scale = next;
    apply();
  }

  function whole(): number {
    const [across, down] = size();
    return Math.min(1, (across - 2 * MARGIN) / Math.max(1, width), (down - 2 * MARGIN) / Math.max(1, height));
  }

  function center(box: Box): void {
    const [across, down] = size();
    x = across / 2 - (box.x + box.width / 2) * scale;
    y = down / 2 - (box.y + box.height / 2) * scale;
    apply();
  }

  function fit(): void {
    scale = Math.max(LEAST, whole());
    paint();
    center({ x: 0, y: 0, width, height });
  }

  function begin(box: Box | null): void {
    if (!box || whole() >= SMALL) return fit();
    scale = READABLE;
    paint();
    center(box);
    // What fits one way is shown whole that way.
    const [across, down] = size();
    if (width * scale <= across - 2 * MARGIN) x = (across - width * scale) / 2;
    else x = Math.min(MARGIN, Math.max(across - MARGIN - width * scale, x));
    if (height * scale <= down - 2 * MARGIN) y = (down - height * scale) / 2;
    else y = Math.min(MARGIN, Math.max(down - MARGIN - height * scale, y));
    apply();
  }

  function show(box: Box): void {
    const [across, down] = size();
    const [left, top] = [x + box.x * scale, y + box.y * scale];
    const [right, bottom] = [left + box.width * scale, top + box.height * scale];
    if (left < MARGIN) x += MARGIN - left;
    else if (right > across - MARGIN) x -= right - across + MARGIN;
    if (top < MARGIN) y += MARGIN - top;
    else if (bottom > down - MARGIN) y -= bottom - down + MARGIN;
    apply();
  }

  function attach(toFrame: HTMLElement, toLayer: HTMLElement, toDrawing: HTMLElement): () => void {
    [frame, layer, drawing] = [toFrame, toLayer, toDrawing];
    const pointers = new Map<number, [x: number, y: number]>();
    let isDragged = false;
    const place = (event: PointerEvent | WheelEvent): [number, number] => {
      const { left, top } = toFrame.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    };
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) zoomAt(Math.exp(-event.deltaY / 200), ...place(event));
      else {
        x -= event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
        y -= event.shiftKey && !event.deltaX ? 0 : event.deltaY;
        apply();
      }
    };
    const down = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      pointers.set(event.pointerId, place(event));
      isDragged = false;
    };
    const move = (event: PointerEvent): void => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = place(event);
      if (!isDragged && Math.hypot(now[0] - before[0], now[1] - before[1]) < SLACK) return;
      if (!isDragged) toFrame.setPointerCapture(event.pointerId);
      isDragged = true;
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const factor = Math.hypot(now[0] - other[0], now[1] - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1]));
        zoomAt(factor, other[0], other[1]);
      } else {
        x += now[0] - before[0];
        y += now[1] - before[1];
        apply();
      }
      pointers.set(event.pointerId, now);
    };
    const up = (event: PointerEvent): void => void pointers.delete(event.pointerId);
    // A drag that began on a link does not follow it.
    const click = (event: MouseEvent): void => {
      if (!isDragged) return;
      isDragged = false;
      event.preventDefault();
      event.stopPropagation();
    };
    toFrame.addEventListener("wheel", wheel, { passive: false });
    toFrame.addEventListener("pointerdown", down);
    toFrame.addEventListener("pointermove", move);
    toFrame.addEventListener("pointerup", up);
    toFrame.addEventListener("pointercancel", up);
    toFrame.addEventListener("click", click, true);
    apply();
    return () => {
      toFrame.removeEventListener("wheel", wheel);
      toFrame.removeEventListener("pointerdown", down);
      toFrame.removeEventListener("pointermove", move);
      toFrame.removeEventListener("pointerup", up);
      toFrame.removeEventListener("pointercancel", up);
      toFrame.removeEventListener("click", click, true);
      window.clearTimeout(resting);
      [frame, layer, drawing, painted] = [null, null, null, 0];
    };
  }

  return {
    attach,
    resize: (across, down) => ([width, height] = [across, down]),
    begin,
    fit,
    zoom: (factor) => {
      const [across, down] = size();
      zoomAt(factor, across / 2, down / 2);
    },
    show,
  };
}
