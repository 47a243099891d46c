/** The colour of a run: made from its id alone, so that it is the same in every table and chart. */

const GOLDEN_ANGLE = 137.508;

type Scheme = "light" | "dark";

/** Steps that tell two runs of one hue apart; each keeps a contrast of 3 to the ground. */
const LIGHTNESS: Record<Scheme, readonly number[]> = { light: [0.42, 0.54, 0.65], dark: [0.6, 0.72, 0.83] };

/**
 * Hues, chosen by how well they are told apart: even steps around the circle would be a third greens. Each has its own
 * chroma, as much as screens show of it, and those of its lightnesses that are not brown: browns are all alike.
 */
const RUN_HUES: readonly (readonly [hue: number, chroma: number, steps: readonly number[]])[] = [
  [18, 0.17, [0, 1, 2]],
  [46, 0.14, [1, 2]],
  [80, 0.12, [2]],
  [112, 0.12, [2]],
  [148, 0.14, [0, 1, 2]],
  [182, 0.1, [0, 1, 2]],
  [216, 0.11, [0, 1, 2]],
  [256, 0.15, [0, 1, 2]],
  [290, 0.17, [0, 1, 2]],
  [318, 0.17, [0, 1, 2]],
  [348, 0.17, [0, 1, 2]],
];
const RUN_LOOKS = RUN_HUES.flatMap(([hue, chroma, steps]) => steps.map((step) => [hue, chroma, step] as const));

/**
 * Returns the colour of a run that is readable on the ground of the scheme: one of 28, which its id alone decides.
 *
 * Two runs have the same one as chance has it, 1 pair of 28; any other two are told apart.
 *
 * @param id A run's id.
 */
export function runColor(id: string, scheme: Scheme): string {
  let hash = 2166136261; // FNV-1a
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  const [hue, chroma, step] = RUN_LOOKS[((hash ^ (hash >>> 15)) >>> 0) % RUN_LOOKS.length]!;
  return oklch(LIGHTNESS[scheme][step]!, chroma, hue);
}

/** Hues that are told apart best, for the first of a few. */
const HUES = [180, 40, 280, 90, 340, 145, 240, 20];

/**
 * Returns the colour of one of several things that have no colour of their own, such as groups of runs.
 *
 * @param index Its place among them, from 0.
 */
export function groupColor(index: number, scheme: Scheme): string {
  const step = index % 2;
  return oklch(scheme === "light" ? 0.5 + 0.07 * step : 0.68 + 0.06 * step, 0.145, (HUES[index] ?? index * GOLDEN_ANGLE) % 360);
}

function oklch(lightness: number, chroma: number, hue: number): string {
  return `oklch(${lightness.toFixed(2)} ${chroma} ${hue.toFixed(1)})`;
}
