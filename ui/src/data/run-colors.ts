/**
 * The colour of a run: the same in every table and chart, and another one than its neighbours have.
 *
 * Its id says which colour it would like. Where runs that were on the screen just now have that one, it gets the one
 * that nobody has had for the longest time. The browser remembers.
 */

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

/** From a look to the next one that is tried: far away in hue, and all come in turn. */
const STRIDE = 11;

/** So many colours back, another run's is out of sight. */
const RECENT = 100;

/** The looks of runs by their ids, those seen first come first. */
const looks = new Map<string, number>();

/** How many colours were asked for, and which of these was the last one in each look. */
let asked = 0;
const lastAsked = RUN_LOOKS.map(() => -RECENT);

const KEY = "headrace.run-looks";
const MOST_KEPT = 1_000;

/**
 * Returns the colour of a run that is readable on the ground of the scheme: one of 28.
 *
 * @param id A run's id.
 */
export function runColor(id: string, scheme: Scheme): string {
  const look = looks.get(id) ?? chooseLook(id);
  looks.set(id, look);
  lastAsked[look] = ++asked;
  const [hue, chroma, step] = RUN_LOOKS[look]!;
  return oklch(LIGHTNESS[scheme][step]!, chroma, hue);
}

function chooseLook(id: string): number {
  let hash = 2166136261; // FNV-1a
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  let look = ((hash ^ (hash >>> 15)) >>> 0) % RUN_LOOKS.length;
  if (asked - lastAsked[look]! >= RECENT) return look;
  const oldest = Math.min(...lastAsked);
  while (lastAsked[look]! > oldest) look = (look + STRIDE) % RUN_LOOKS.length;
  return look;
}

/** Takes the looks that runs had when the browser was here last. */
export function recallLooks(): void {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    for (const [id, look] of Object.entries(kept as Record<string, unknown>)) {
      if (typeof look === "number" && look in RUN_LOOKS) looks.set(id, look);
    }
  } catch {
    // a browser that remembers nothing gives the looks anew
  }
}

/** Keeps the looks of the runs that were seen last. */
export function keepLooks(): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries([...looks].slice(-MOST_KEPT))));
  } catch {
    // see above
  }
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
