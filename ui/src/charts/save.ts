/** Charts as files. */

import { notifyFailure } from "@/app/notices";

export interface Exports {
  /** Returns the chart as an SVG document. */
  svg: () => string | Promise<string>;
  /** Returns what it shows, a row of texts each. */
  rows: () => (string | number)[][];
}

/** How much finer than the screen a PNG is. */
const SCALE = 2;

export function saveCsv(name: string, { rows }: Exports): void {
  save(`${fileName(name)}.csv`, new Blob([csvText(rows())], { type: "text/csv" }));
}

export async function saveSvg(name: string, { svg }: Exports): Promise<void> {
  try {
    save(`${fileName(name)}.svg`, new Blob([await svg()], { type: "image/svg+xml" }));
  } catch (error) {
    notifyFailure(error);
  }
}

/** Saves the same drawing as points: one picture, however it is saved. */
export async function savePng(name: string, { svg }: Exports): Promise<void> {
  let url = "";
  try {
    url = URL.createObjectURL(new Blob([await svg()], { type: "image/svg+xml" }));
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width * SCALE;
    canvas.height = image.height * SCALE;
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) throw new Error("The browser cannot make a picture of this size. Save it as SVG instead.");
    save(`${fileName(name)}.png`, blob);
  } catch (error) {
    notifyFailure(error);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Returns rows as CSV; a field that a spreadsheet would take as a formula is made a text. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

function csvField(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+@\t\r]|^-(?![\d.])/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+$/g, "") || "chart";
}

export function save(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
