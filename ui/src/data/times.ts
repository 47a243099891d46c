/** Moments and spans as people say them. All times are milliseconds since the epoch. */

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Returns a span with its two largest units: 2 d 3 h, 5 min 12 s, 350 ms. */
export function formatDuration(span: number): string {
  if (span < 1000) return `${Math.max(0, Math.round(span))} ms`;
  const first = UNITS.findIndex(([, size]) => span >= size);
  const [name, size] = UNITS[first]!;
  if (name === "s") return `${span < 10_000 ? (span / 1000).toFixed(1) : Math.floor(span / 1000)} s`;
  const [next, part] = UNITS[first + 1]!;
  const rest = Math.floor((span % size) / part);
  return `${Math.floor(span / size)} ${name}${rest ? ` ${rest} ${next}` : ""}`;
}

/** Returns how long ago a moment was: just now, 5 min ago, 3 d ago; after four weeks the day, 26 Nov, and of another year the month, Nov 2025. */
export function formatAge(moment: number, now = Date.now()): string {
  const span = now - moment;
  if (span < 10_000) return "just now";
  if (span >= 28 * 86_400_000) {
    const date = new Date(moment);
    const month = MONTHS[date.getMonth()];
    return date.getFullYear() === new Date(now).getFullYear() ? `${date.getDate()} ${month}` : `${month} ${date.getFullYear()}`;
  }
  const [name, size] = UNITS.find(([, unit]) => span >= unit)!;
  return `${Math.floor(span / size)} ${name} ago`;
}

/** Returns the day: 26 Nov 2026. */
export function formatDate(moment: number): string {
  const date = new Date(moment);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/** Returns the exact moment, for titles: 2026-11-26 09:15:02. */
export function formatMoment(moment: number): string {
  const date = new Date(moment);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
