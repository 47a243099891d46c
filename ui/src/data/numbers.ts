/** Numbers as people compare them: as many digits as tell them apart, and no more. */

import type { Float } from "@/api/types";

/** Returns the number that a value of the wire stands for; NaN and the infinities travel as texts. */
export function toNumber(value: Float | null | undefined): number {
  if (typeof value === "number") return value;
  if (value === "Infinity") return Infinity;
  if (value === "-Infinity") return -Infinity;
  return NaN;
}

/** Returns a number with at most `digits` significant digits: 0.8125, 1.25e-7, 12,500. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return formatInteger(value);
  const text =
    size < 1e-4 || size >= 1e9
      ? trimZeros(value.toExponential(digits - 1))
      : trimZeros(value.toPrecision(Math.max(digits, Math.ceil(Math.log10(size + 1)))));
  return text.replace(/^-/, "−");
}

/**
 * Returns how the numbers of one column are written: with one number of decimals for all, so that
 * points align, and as few as still tell them apart (3 to 6 significant digits).
 */
export function columnFormat(values: readonly number[]): (value: number) => string {
  const finite = values.filter(Number.isFinite);
  const largest = Math.max(0, ...finite.map(Math.abs));
  const small = finite.some((value) => value !== 0 && Math.abs(value) < 1e-4);
  if (finite.every(Number.isInteger) && largest < 1e9) return (value) => formatNumber(value);
  if (largest >= 1e9 || (small && largest < 1)) return (value) => formatNumber(value, 3);
  const distinct = new Set(finite).size;
  const whole = largest >= 1 ? Math.floor(Math.log10(largest)) + 1 : 0;
  const least = Math.max(0, 3 - whole);
  const most = Math.max(least, 6 - whole);
  let decimals = least;
  while (decimals < most && new Set(finite.map((v) => v.toFixed(decimals))).size < distinct) decimals++;
  return (value) => (Number.isFinite(value) ? withCommas(value.toFixed(decimals)) : formatNumber(value));
}

/** Returns a whole number with its thousands apart: 12,500. By hand: the first use of Intl costs a page some 30 ms. */
export function formatInteger(value: number): string {
  return withCommas(String(value));
}

/** Returns a count for a label: 950, 12.3k, 4.5M. */
export function formatCount(count: number): string {
  return count < 1000 ? String(count) : new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(count).replace("K", "k");
}

/** Returns a number of bytes for people: 950 B, 1.2 MB. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toPrecision(2 + Number(size >= 10))} ${units[unit]}`;
}

function withCommas(text: string): string {
  const [whole, decimals] = text.split(".");
  const apart = whole!.replace(/\B(?=(\d{3})+$)/g, ",").replace("-", "−");
  return decimals === undefined ? apart : `${apart}.${decimals}`;
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+(?=e|$)/, "") : text;
}
