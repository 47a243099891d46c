/** Charts as SVG documents, drawn as on the screen, with a title and a legend. */

import { type Bar, barRange } from "./bars";
import type { Curve } from "./curves";
import { bandOpacity, isSparse, type Pen, project, shownPart, trace, traceBand } from "./paint";
import type { Range } from "./ranges";
import { formatNumber } from "@/data/numbers";
import { makeTicks, type Unit } from "./ticks";

export interface CurveDrawing {
  title: string;
  curves: readonly Curve[];
  ghosts: readonly Curve[];
  x: Range;
  y: Range;
  unit: Unit;
  place: string;
  logX: boolean;
  logY: boolean;
}

const WIDTH = 800;
const HEIGHT = 450;
export const TOP = 40;
const RIGHT = 16;
const BOTTOM = 40;
const LEFT = 64;
const LEGEND_ROW = 18;
const MOST_NAMES = 24;

/** Returns curves within their axes as an SVG document, in the colours of the page. */
export function drawCurves({ title, curves, ghosts, x, y, unit, place, logX, logY }: CurveDrawing): string {
  const [width, height] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const projection = project(x, y, width, height, logX, logY);
  const [xTicks, yTicks] = [makeTicks(x, 8, unit, logX), makeTicks(y, 6, "number", logY)];
  const colors = pageColors();
  const parts: string[] = [];
  yTicks.places.forEach((value, at) => {
    const top = round(projection.toTop(value));
    parts.push(`<path d="M0 ${top}H${width}" stroke="${colors.line}"/>`, text(-8, top + 4, yTicks.labels[at]!, colors.quiet, "end"));
  });
  xTicks.places.forEach((value, at) => {
    const left = round(projection.toLeft(value));
    parts.push(`<path d="M${left} 0V${height}" stroke="${colors.line}"/>`, text(left, height + 18, xTicks.labels[at]!, colors.quiet, "middle"));
  });
  parts.push(text(width, height + 34, place, colors.quiet, "end"));
  const lines: string[] = [];
  for (const ghost of ghosts) lines.push(line(ghost.x, ghost.y, hexColor(ghost.color), 'stroke-width="1" opacity="0.22"'));
  for (const curve of curves.toReversed()) {
    const color = hexColor(curve.color);
    if (curve.band) {
      const pen = svgPen();
      traceBand(pen, curve.x, curve.band.low, curve.band.high, projection);
      lines.push(`<path d="${pen.path()}" fill="${color}" opacity="${bandOpacity(curves.length)}"/>`);
    }
    if (curve.raw) lines.push(line(curve.x, curve.raw, color, 'stroke-width="1" opacity="0.22"'));
    lines.push(line(curve.x, curve.y, color, 'stroke-width="1.5"'));
    const [start, end] = shownPart(curve.x, x);
    if (curves.length <= 50 && isSparse(curve, projection)) {
      for (let i = start; i < end; i++) {
        const top = projection.toTop(curve.y[i]!);
        if (Number.isFinite(top)) lines.push(`<circle cx="${round(projection.toLeft(curve.x[i]!))}" cy="${round(top)}" r="2.5" fill="${color}"/>`);
      }
    }
  }
  const legend = drawLegend(curves, colors.text);
  return svgDocument(
    title,
    HEIGHT + legend.height,
    `<clipPath id="plot"><rect width="${width}" height="${height}"/></clipPath>` +
      `<g transform="translate(${LEFT} ${TOP})">${parts.join("")}<g clip-path="url(#plot)" fill="none">${lines.join("")}</g></g>` +
      `<g transform="translate(${LEFT} ${HEIGHT})">${legend.content}</g>`,
  );

  function line(xs: Float64Array, ys: Float64Array, color: string, attributes: string): string {
    const pen = svgPen();
    trace(pen, xs, ys, projection);
    return `<path d="${pen.path()}" stroke="${color}" stroke-linejoin="bevel" ${attributes}/>`;
  }
}

/** Returns bars as an SVG document. */
export function drawBars(title: string, bars: readonly Bar[]): string {
  const colors = pageColors();
  const [low, high] = barRange(bars);
  const [start, width] = [220, WIDTH - 220 - 90];
  const place = (value: number): number => start + ((value - low) / (high - low)) * width;
  const rows = bars.map(({ name, color, value, spread }, at) => {
    const top = TOP + at * 22;
    const [zero, end] = [place(0), Number.isFinite(value) ? place(value) : place(0)];
    const range = spread ? `<rect x="${round(place(spread[0]))}" y="${top + 5}" width="${round(place(spread[1]) - place(spread[0]))}" height="2" fill="${colors.text}"/>` : "";
    return (
      text(start - 12, top + 10, shorten(name, 32), colors.quiet, "end") +
      `<rect x="${round(Math.min(zero, end))}" y="${top}" width="${Math.max(1, round(Math.abs(end - zero)))}" height="12" fill="${hexColor(color)}"/>${range}` +
      text(start + width + 8, top + 10, formatNumber(value), colors.text, "start")
    );
  });
  return svgDocument(title, TOP + bars.length * 22 + 16, rows.join(""));
}

function drawLegend(curves: readonly Curve[], color: string): { content: string; height: number } {
  const named = curves.slice(0, MOST_NAMES);
  const columns = 3;
  const width = (WIDTH - LEFT - RIGHT) / columns;
  const items = named.map(({ name, color: dot }, at) => {
    const [left, top] = [(at % columns) * width, Math.floor(at / columns) * LEGEND_ROW];
    return `<circle cx="${left + 4}" cy="${top + 4}" r="4" fill="${hexColor(dot)}"/>${text(left + 14, top + 8, shorten(name, 32), color, "start")}`;
  });
  const rows = Math.ceil(named.length / columns) + (curves.length > named.length ? 1 : 0);
  if (curves.length > named.length) {
    items.push(text(0, (rows - 1) * LEGEND_ROW + 8, `and ${curves.length - named.length} more`, color, "start"));
  }
  return { content: items.join(""), height: rows * LEGEND_ROW + 12 };
}

/** Returns an SVG document with a title and a ground. */
export function svgDocument(title: string, height: number, content: string): string {
  const { ground, text: color } = pageColors();
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="Inter, Helvetica, Arial, sans-serif" font-size="12">` +
    `<rect width="100%" height="100%" fill="${ground}"/>` +
    `<text x="${LEFT}" y="22" font-size="14" font-weight="600" fill="${color}">${escapeXml(title)}</text>${content}</svg>`
  );
}

/** Returns a text of an SVG document. */
export function text(x: number, y: number, content: string, color: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="${color}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

interface SvgPen extends Pen {
  path: () => string;
}

function svgPen(): SvgPen {
  const moves: string[] = [];
  return {
    moveTo: (x, y) => void moves.push(`M${round(x)} ${round(y)}`),
    lineTo: (x, y) => void moves.push(`L${round(x)} ${round(y)}`),
    path: () => moves.join(""),
  };
}

/** Returns what the page's colours are now: a file knows no variables. */
export function pageColors(): Record<"ground" | "text" | "quiet" | "line" | "accent" | "warn", string> {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim() || "#888";
  return { ground: read("--ground"), text: read("--text"), quiet: read("--text-quiet"), line: read("--line"), accent: read("--accent"), warn: read("--warn") };
}

/** Returns a colour as `#rrggbb`: other programs than browsers do not know `oklch()`. */
export function hexColor(color: string): string {
  const match = /^oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)$/.exec(color);
  if (!match) return color;
  const [lightness, chroma, hue] = match.slice(1).map(Number) as [number, number, number];
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
  // Björn Ottosson's matrices from OKLab to linear sRGB.
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const bytes = linear.map((value) => {
    const part = Math.min(1, Math.max(0, value));
    const encoded = part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
    return Math.round(encoded * 255).toString(16).padStart(2, "0");
  });
  return `#${bytes.join("")}`;
}

/** Returns a name of so many letters at most. */
export function shorten(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

function escapeXml(content: string): string {
  return content.replace(/[&<>"\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter] ?? "");
}

/** Returns a tenth of a pixel: finer nobody sees. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
