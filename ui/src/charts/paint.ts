/** Lines of curves, on a canvas or in an SVG: both take the same moves of a pen. */

import { type Curve, lowerBound } from "./curves";
import type { Range } from "./ranges";

/** From the numbers of the axes to CSS pixels within the plot. */
export interface Projection {
  width: number;
  height: number;
  x: Range;
  toLeft: (x: number) => number;
  /** NaN for what an axis has no place for. */
  toTop: (y: number) => number;
}

export interface Pen {
  moveTo: (x: number, y: number) => void;
  lineTo: (x: number, y: number) => void;
}

/** Curves of fewer points than this per 100 pixels show each of them as a dot. */
const SPARSE = 5;

export function project(x: Range, y: Range, width: number, height: number, logX: boolean, logY: boolean): Projection {
  const toShareX = shareOf(x, logX);
  const toShareY = shareOf(y, logY);
  return { width, height, x, toLeft: (value) => toShareX(value) * width, toTop: (value) => (1 - toShareY(value)) * height };
}

function shareOf([from, to]: Range, log: boolean): (value: number) => number {
  if (!log) {
    const factor = 1 / (to - from);
    return (value) => (value - from) * factor;
  }
  const low = Math.log10(from);
  const factor = 1 / (Math.log10(to) - low);
  return (value) => (value > 0 ? (Math.log10(value) - low) * factor : NaN);
}

/** Returns the part of a curve that is needed for what is shown: one point more at each side. */
export function shownPart(x: Float64Array, [from, to]: Range): [start: number, end: number] {
  const start = Math.max(0, lowerBound(x, from) - 1);
  let end = lowerBound(x, to);
  while (end < x.length && x[end]! <= to) end++;
  return [start, Math.min(x.length, end + 1)];
}

/** Draws a curve's line with a pen; returns the points that stand alone, as x and y in turn. */
export function trace(pen: Pen, x: Float64Array, y: Float64Array, projection: Projection): number[] {
  const { toLeft, toTop } = projection;
  const [start, end] = shownPart(x, projection.x);
  const alone: number[] = [];
  let length = 0; // points of the line since the last gap
  let left = 0;
  let top = 0;
  for (let i = start; i < end; i++) {
    const nextTop = toTop(y[i]!);
    if (!(Math.abs(nextTop) < Infinity)) {
      if (length === 1) alone.push(left, top);
      length = 0;
      continue;
    }
    left = toLeft(x[i]!);
    // Far outside of the plot the exact place shows nowhere, and canvases do not take it.
    top = nextTop < -1e5 ? -1e5 : nextTop > 1e5 ? 1e5 : nextTop;
    if (left < -1e5) left = -1e5;
    else if (left > 1e5) left = 1e5;
    if (length++) pen.lineTo(left, top);
    else pen.moveTo(left, top);
  }
  if (length === 1) alone.push(left, top);
  return alone;
}

/** Draws the area between two edges, piece by piece between gaps. */
export function traceBand(pen: Pen, x: Float64Array, low: Float64Array, high: Float64Array, projection: Projection): void {
  const { toLeft, toTop } = projection;
  const [start, end] = shownPart(x, projection.x);
  const floor = projection.height + 1e4; // a logarithmic axis has no place for what is not positive
  for (let i = start; i < end; ) {
    if (!Number.isFinite(high[i]!)) {
      i++;
      continue;
    }
    let stop = i;
    while (stop < end && Number.isFinite(high[stop]!)) stop++;
    const place = (value: number): number => {
      const top = toTop(value);
      return Number.isNaN(top) ? floor : top;
    };
    for (let k = i; k < stop; k++) (k === i ? pen.moveTo : pen.lineTo).call(pen, toLeft(x[k]!), place(high[k]!));
    for (let k = stop - 1; k >= i; k--) pen.lineTo(toLeft(x[k]!), place(low[k]!));
    i = stop;
  }
}

/** Returns whether points are so far apart that dots help to find them. */
export function isSparse({ x }: Curve, projection: Projection): boolean {
  const [start, end] = shownPart(x, projection.x);
  if (end - start < 2) return true;
  const [first, last] = [Math.max(0, projection.toLeft(x[start]!)), Math.min(projection.width, projection.toLeft(x[end - 1]!))];
  return (end - start) / Math.max(1, last - first) < SPARSE / 100;
}

/** How one curve is drawn. */
export interface Stroke {
  width: number;
  /** Of the line; the raw values are fainter. */
  opacity: number;
  /** Opacity of the band. */
  band: number;
  dots: boolean;
}

/** Returns how opaque the bands of so many groups are, so that they do not become mud. */
export function bandOpacity(groups: number): number {
  return Math.max(0.05, Math.min(0.16, 0.5 / groups));
}

/** Draws a curve on a canvas: the band, the raw values, the line, and dots for points without neighbours. */
export function paintCurve(context: CanvasRenderingContext2D, curve: Curve, projection: Projection, { width, opacity, band: opacityOfBand, dots }: Stroke): void {
  const { x, y, raw, band, color } = curve;
  context.strokeStyle = color;
  context.fillStyle = color;
  if (band) {
    context.globalAlpha = opacityOfBand;
    context.beginPath();
    traceBand(context, x, band.low, band.high, projection);
    context.fill();
  }
  if (raw) {
    context.globalAlpha = 0.22 * opacity;
    context.lineWidth = 1;
    context.beginPath();
    trace(context, x, raw, projection);
    context.stroke();
  }
  context.globalAlpha = opacity;
  context.lineWidth = width;
  context.beginPath();
  const alone = trace(context, x, y, projection);
  context.stroke();
  if (alone.length) paintDots(context, alone, width + 1.25);
  if (dots) paintDots(context, places(curve, projection), width + 0.75);
}

function places({ x, y }: Curve, projection: Projection): number[] {
  const [start, end] = shownPart(x, projection.x);
  const found: number[] = [];
  for (let i = start; i < end; i++) {
    const top = projection.toTop(y[i]!);
    if (Number.isFinite(top)) found.push(projection.toLeft(x[i]!), top);
  }
  return found;
}

function paintDots(context: CanvasRenderingContext2D, at: readonly number[], radius: number): void {
  context.beginPath();
  for (let i = 0; i < at.length; i += 2) {
    context.moveTo(at[i]! + radius, at[i + 1]!);
    context.arc(at[i]!, at[i + 1]!, radius, 0, 2 * Math.PI);
  }
  context.fill();
}
