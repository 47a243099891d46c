/** Which curves the pointer is near to, and what they say at a place. */

import { type Curve, lowerBound } from "./curves";

/** Returns the index of the point that is nearest to a place on the x axis; -1 if there is none. */
export function nearestIndex(x: Float64Array, at: number): number {
  if (!x.length) return -1;
  const right = lowerBound(x, at);
  if (right === 0) return 0;
  if (right === x.length) return right - 1;
  return at - x[right - 1]! <= x[right]! - at ? right - 1 : right;
}

/** Returns the place of a curve on the y axis at a place on the x axis, between its points; NaN outside and in gaps. */
export function valueAt(curve: { x: Float64Array; y: Float64Array }, at: number): number {
  const { x, y } = curve;
  const right = lowerBound(x, at);
  if (right === x.length) return NaN;
  if (x[right] === at) return y[right]!;
  if (right === 0) return NaN;
  const share = (at - x[right - 1]!) / (x[right]! - x[right - 1]!);
  return y[right - 1]! * (1 - share) + y[right]! * share;
}

export interface Near {
  curve: Curve;
  /** Index of the curve's point nearest to the pointer. */
  index: number;
  /** Pixels between the pointer and the curve. */
  distance: number;
}

interface Place {
  /** Where the pointer is: on the x axis, and in pixels. */
  x: number;
  left: number;
  top: number;
  toLeft: (x: number) => number;
  toTop: (y: number) => number;
  /** How far away a curve may be, in pixels. */
  reach: number;
}

/**
 * Returns the curves near the pointer, the nearest first.
 *
 * One binary search a curve: a thousand curves take a fraction of a millisecond, so no index is needed.
 */
export function nearestCurves(curves: readonly Curve[], place: Place, most: number): Near[] {
  const found: Near[] = [];
  for (const curve of curves) {
    const distance = distanceTo(curve, place);
    if (distance <= place.reach) found.push({ curve, index: nearestIndex(curve.x, place.x), distance });
  }
  found.sort((one, other) => one.distance - other.distance);
  return found.slice(0, most);
}

/** Returns the distance to the segments around the pointer: steep ones too are near from their side. */
function distanceTo({ x, y }: Curve, { x: at, left, top, toLeft, toTop }: Place): number {
  const middle = lowerBound(x, at);
  const first = Math.max(0, middle - 2);
  const last = Math.min(x.length - 1, middle + 1);
  let least = Infinity;
  for (let i = first; i <= last; i++) {
    const [px, py] = [toLeft(x[i]!), toTop(y[i]!)];
    if (!Number.isFinite(py)) continue;
    const next = i < last ? toTop(y[i + 1]!) : NaN;
    const away = Number.isFinite(next)
      ? distanceToSegment(left, top, px, py, toLeft(x[i + 1]!), next)
      : Math.hypot(px - left, py - top);
    if (away < least) least = away;
  }
  return least;
}

function distanceToSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const squared = dx * dx + dy * dy;
  const share = squared ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / squared)) : 0;
  return Math.hypot(ax + share * dx - x, ay + share * dy - y);
}
