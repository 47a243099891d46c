/** Sizes of charts in the URL: `wide`, `full`, a height in pixels (`400`), or both (`wide 400`). */

/** One column, two, or all of them. */
export type ChartWidth = "small" | "wide" | "full";

export interface ChartSize {
  width: ChartWidth;
  /** Pixels of the height; that of the other rows if not given. */
  height?: number;
}

const LOWEST = 120;
const HIGHEST = 800;

/** A series of images stands in a row of its own. */
const IMAGES_HEIGHT = 264;

/** Returns the size of a chart that a text says; what it does not say is as usual. */
export function readSize(chart: string, text: unknown): ChartSize {
  const match = /^(small|wide|full)?(?:^| |$)(\d{2,4})?$/.exec(String(text));
  const [, width, height] = match ?? [];
  return {
    ...usualSize(chart),
    ...(width ? { width: width as ChartWidth } : {}),
    ...(height ? { height: limitHeight(Number(height)) } : {}),
  };
}

/** Returns the text of a chart's size; undefined for the usual one. */
export function sizeText(chart: string, { width, height }: ChartSize): string | undefined {
  const usual = usualSize(chart);
  return [...(width === usual.width ? [] : [width]), ...(!height || height === usual.height ? [] : [height])].join(" ") || undefined;
}

/** Returns the size of a chart that nobody gave one. */
export function usualSize(chart: string): ChartSize {
  return chart.startsWith("images.") ? { width: "full", height: IMAGES_HEIGHT } : { width: "small" };
}

/** Returns a height that rows can have, in whole pixels. */
export function limitHeight(height: number): number {
  return Math.round(Math.min(HIGHEST, Math.max(LOWEST, height)));
}

/** Returns how many of so many columns a chart takes. */
export function spanOf(width: ChartWidth, columns: number): number {
  return width === "full" ? columns : Math.min(width === "wide" ? 2 : 1, columns);
}
