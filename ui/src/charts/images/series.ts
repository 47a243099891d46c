/** The images of series, which the server lists as columns in the order of their steps. */

import type { ImageSeries } from "@/api/types";

export interface ShownImage {
  step: number;
  timestamp: number;
  /** Path of the whole image. */
  path: string;
  /** Path of a small one, or of the whole one if there is none. */
  thumbnail: string;
}

/** Returns the place of the last number that is not above another one, -1 if all are; the numbers are in order. */
export function placeAt(numbers: readonly number[], most: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! <= most) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Returns an image of a series; undefined where there is none. */
export function imageAt(series: ImageSeries, place: number): ShownImage | undefined {
  const path = series.paths[place];
  if (path === undefined) return undefined;
  return { step: series.steps[place]!, timestamp: series.timestamps[place]!, path, thumbnail: series.thumbnails[place] || path };
}

/** Returns the last image of a step, or of the last step before it. */
export function nearest(series: ImageSeries, step: number): ShownImage | undefined {
  return imageAt(series, placeAt(series.steps, step));
}

/** Returns the steps of several series, in order. */
export function commonSteps(all: readonly ImageSeries[]): number[] {
  return [...new Set(all.flatMap(({ steps }) => steps))].sort((one, other) => one - other);
}
