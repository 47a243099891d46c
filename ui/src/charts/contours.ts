/** Values between places: a surface over the unit square, and the parts of it that lie above a level. */

export interface Place {
  /** Shares of the square, 0 to 1. */
  x: number;
  y: number;
  value: number;
}

/** Numbers on an even grid over the square, row by row, the corners included. */
export interface Field {
  width: number;
  height: number;
  values: Float64Array;
}

/** How fine a surface is: fewer places stand for themselves, among many the eye sees no cell. */
function gridFor(count: number): { width: number; height: number } {
  return count > 400 ? { width: 54, height: 36 } : { width: 72, height: 48 };
}

/**
 * Distance within which places are taken together, so that two runs at nearly one place do not tear the surface:
 * about half the way from one to the next, if they lay evenly.
 */
function softness(count: number): number {
  return Math.max(0.03, 0.5 / Math.sqrt(count));
}

/**
 * Returns the surface through places by the inverse distance to each of them (Shepard 1968, "A two-dimensional
 * interpolation function for irregularly-spaced data"), softened, so that it smooths where places are near to each
 * other; and how far it is to the nearest one.
 *
 * The weight is the distance to the power of -4: with 2 or less, far places together outweigh near ones in the plane.
 */
export function interpolate(places: readonly Place[], { width, height } = gridFor(places.length)): { surface: Field; distance: Field } {
  const soft = softness(places.length) ** 2;
  const [xs, ys, heights] = (["x", "y", "value"] as const).map((part) => Float64Array.from(places, (place) => place[part])) as [Float64Array, Float64Array, Float64Array];
  const surface = new Float64Array(width * height);
  const distance = new Float64Array(width * height);
  for (let at = 0; at < surface.length; at++) {
    const [x, y] = [(at % width) / (width - 1), Math.floor(at / width) / (height - 1)];
    let [sum, weights, least] = [0, 0, Infinity];
    for (let i = 0; i < xs.length; i++) {
      const [across, down] = [x - xs[i]!, y - ys[i]!];
      const square = across * across + down * down;
      if (square < least) least = square;
      const weight = 1 / ((square + soft) * (square + soft));
      sum += weight * heights[i]!;
      weights += weight;
    }
    surface[at] = sum / weights;
    distance[at] = Math.sqrt(least);
  }
  return { surface: { width, height, values: surface }, distance: { width, height, values: distance } };
}

type Corner = readonly [x: number, y: number];

/**
 * Returns the parts of a field that are at least as high as a level, as polygons in shares of the square: each cell
 * is cut along straight lines between its edges (marching squares), and whole cells of a row are one rectangle.
 */
export function partsAbove({ width, height, values }: Field, level: number): Corner[][] {
  const parts: Corner[][] = [];
  for (let row = 0; row + 1 < height; row++) {
    let start = 0;
    const flush = (end: number): void => {
      if (end > start) parts.push(scaled([[start, row], [end, row], [end, row + 1], [start, row + 1]]));
      start = end + 1;
    };
    for (let column = 0; column + 1 < width; column++) {
      const at = row * width + column;
      const heights = [values[at]! - level, values[at + 1]! - level, values[at + width + 1]! - level, values[at + width]! - level];
      const above = heights.filter((one) => one >= 0).length;
      if (above === 4) continue;
      flush(column);
      if (!above) continue;
      const corners: Corner[] = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const cut: Corner[] = [];
      corners.forEach(([x, y], at) => {
        const [here, there] = [heights[at]!, heights[(at + 1) % 4]!];
        if (here >= 0) cut.push([x, y]);
        if (here >= 0 === there >= 0) return;
        const share = here / (here - there);
        const [nextX, nextY] = corners[(at + 1) % 4]!;
        cut.push([x + share * (nextX - x), y + share * (nextY - y)]);
      });
      parts.push(scaled(cut));
    }
    flush(width - 1);
  }
  return parts;

  function scaled(corners: readonly Corner[]): Corner[] {
    return corners.map(([x, y]) => [x / (width - 1), y / (height - 1)] as const);
  }
}
