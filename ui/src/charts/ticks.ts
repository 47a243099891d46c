/** Where the marks of axes stand, and what is written at them. */

import { formatNumber } from "@/data/numbers";
import { formatDuration } from "@/data/times";
import type { Range } from "./ranges";

export interface Ticks {
  places: number[];
  labels: string[];
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const SPANS = [1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR,
  2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 182 * DAY, 365 * DAY];

/** What the numbers of an axis are: plain ones, whole ones, seconds, or milliseconds since the epoch. */
export type Unit = "number" | "count" | "seconds" | "moment";

/**
 * Returns the marks of an axis.
 *
 * @param most How many fit.
 */
export function makeTicks(range: Range, most: number, unit: Unit, log: boolean): Ticks {
  const count = Math.max(2, most);
  if (log) return logTicks(range, count, unit);
  if (unit === "moment") return momentTicks(range, count);
  if (unit === "seconds") {
    const [from, to] = range;
    if (to - from >= 5) return spread(range, spanFor((to - from) / count), (value) => formatSpan(value));
    return spread(range, niceStep((to - from) / count), (value) => formatSpan(value));
  }
  const least = unit === "count" ? 1 : 0;
  const step = Math.max(least, niceStep((range[1] - range[0]) / count));
  return spread(range, step, numberFormat(range, step));
}

/** Returns a step of 1, 2 or 5 times a power of ten that is not below `rough`. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  return (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10) * power;
}

/** Returns seconds as a label: 0, 0.5 s, 30 s, 5 min, 1 h 30 min, 2 d. */
export function formatSpan(seconds: number): string {
  if (seconds === 0) return "0";
  const sign = seconds < 0 ? "−" : "";
  const size = Math.abs(seconds);
  if (size < MINUTE) return `${sign}${formatNumber(size, 3)} s`;
  return sign + formatDuration(Math.round(size) * 1000);
}

/** Returns where the pointer is on an x axis, in words. */
export function formatPlace(value: number, unit: Unit): string {
  if (unit === "seconds") return formatSpan(value < MINUTE ? Number(value.toPrecision(3)) : value);
  if (unit === "moment") {
    return new Date(value).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  }
  return formatNumber(value, 6);
}

function spread([from, to]: Range, step: number, format: (value: number) => string): Ticks {
  const places: number[] = [];
  // Multiples of the step, not sums of it: sums drift.
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + step * 1e-9; n++) {
    places.push(Number((n * step).toPrecision(14)));
    if (places.length > 1000) break;
  }
  return { places, labels: places.map(format) };
}

function numberFormat([from, to]: Range, step: number): (value: number) => string {
  const largest = Math.max(Math.abs(from), Math.abs(to));
  if (largest >= 1e5 && step >= 100) {
    const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });
    return (value) => (Math.abs(value) >= 1e15 ? value.toExponential(1) : compact.format(value).replace("K", "k").replace("-", "−"));
  }
  if (step < 1e-5) return (value) => (value === 0 ? "0" : formatNumber(value, Math.max(2, Math.ceil(Math.log10(largest / step)) + 1)));
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return (value) =>
    value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "−");
}

function logTicks([from, to]: Range, most: number, unit: Unit): Ticks {
  const first = Math.floor(Math.log10(from));
  const last = Math.ceil(Math.log10(to));
  const decades = last - first;
  const within = (value: number): boolean => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9);
  const label = (value: number): string => (unit === "seconds" ? formatSpan(value) : unit === "moment" ? formatPlace(value, unit) : formatNumber(value, 2));
  const factors = decades * 3 <= most ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / most));
  const places: number[] = [];
  for (let power = first; power <= last; power += every) {
    for (const factor of factors) {
      const value = Number(`${factor}e${power}`);
      if (within(value)) places.push(value);
    }
  }
  if (places.length >= 3 || decades > 2) return { places, labels: places.map(label) };
  return makeTicks([from, to], most, unit, false); // about a decade: even marks say more
}

function spanFor(rough: number): number {
  return SPANS.find((span) => span >= rough) ?? Math.ceil(rough / (365 * DAY)) * 365 * DAY;
}

function momentTicks([from, to]: Range, most: number): Ticks {
  const rough = (to - from) / most / 1000;
  if (rough < 1) {
    const step = niceStep((to - from) / most);
    return spread([from, to], Math.max(1, step), (value) => {
      const date = new Date(value);
      return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
    });
  }
  const step = spanFor(rough) * 1000;
  // Days begin at midnight where the reader is, not in Greenwich.
  const shift = new Date(from).getTimezoneOffset() * 60_000;
  const places: number[] = [];
  for (let place = Math.ceil((from - shift) / step) * step + shift; place <= to; place += step) places.push(place);
  let day = "";
  const labels = places.map((place) => {
    const date = new Date(place);
    const today = date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
    if (step >= DAY * 1000) return step >= 300 * DAY * 1000 ? String(date.getFullYear()) : today;
    const time = date.toLocaleTimeString("en-GB", step < MINUTE * 1000 ? {} : { hour: "2-digit", minute: "2-digit" });
    const isNew = today !== day && (day !== "" || to - from >= DAY * 1000);
    day = today;
    return isNew ? today : time;
  });
  return { places, labels };
}
