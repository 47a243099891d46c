/** The colour of a run: made from its id alone, so that it is the same in every table and chart. */

const GOLDEN_ANGLE = 137.508;

/**
 * Returns a colour that is readable on the ground of the scheme.
 *
 * @param id A run's id.
 */
export function runColor(id: string, scheme: "light" | "dark"): string {
  let hash = 2166136261; // FNV-1a
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  const number = hash >>> 0;
  return colorOf((number % 997) * GOLDEN_ANGLE, (number >>> 10) % 3, scheme);
}

/** Hues that are told apart best, for the first of a few. */
const HUES = [180, 40, 280, 90, 340, 145, 240, 20];

/**
 * Returns the colour of one of several things that have no colour of their own, such as groups of runs.
 *
 * @param index Its place among them, from 0.
 */
export function groupColor(index: number, scheme: "light" | "dark"): string {
  return colorOf(HUES[index] ?? index * GOLDEN_ANGLE, index % 2, scheme);
}

function colorOf(hue: number, step: number, scheme: "light" | "dark"): string {
  const lightness = scheme === "light" ? 0.5 + 0.07 * step : 0.68 + 0.06 * step;
  return `oklch(${lightness.toFixed(2)} 0.145 ${(hue % 360).toFixed(1)})`;
}
