/** The colour of a run: made from its id alone, so that it is the same in every table and chart. */

const GOLDEN_ANGLE = 137.508;

/**
 * Returns a colour that is readable on the ground of the scheme.
 *
 * @param id A run's id, or the name of a group of runs.
 */
export function runColor(id: string, scheme: "light" | "dark"): string {
  let hash = 2166136261; // FNV-1a
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  const number = hash >>> 0;
  const hue = ((number % 997) * GOLDEN_ANGLE) % 360;
  const step = (number >>> 10) % 3;
  const lightness = scheme === "light" ? 0.5 + 0.07 * step : 0.68 + 0.06 * step;
  return `oklch(${lightness.toFixed(2)} 0.145 ${hue.toFixed(1)})`;
}
