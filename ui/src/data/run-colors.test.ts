// @vitest-environment jsdom
import { describe, expect, it, vi } from "vitest";
import { hexColor } from "@/charts/drawing";
import { randomNumbers } from "@/charts/forest";
import { keepLooks, recallLooks, runColor } from "./run-colors";

const random = randomNumbers(1);
const IDS = Array.from({ length: 4000 }, () => Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join(""));
const GROUNDS = { light: "#ffffff", dark: "#121616" };

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

it.each(["light", "dark"] as const)("gives runs colours that are told apart and seen, %s", (scheme) => {
  const counts = new Map<string, number>();
  for (const id of IDS) counts.set(runColor(id, scheme), (counts.get(runColor(id, scheme)) ?? 0) + 1);
  expect(counts.size).toBe(28);
  // Each is as frequent as the others, so that no more than 1 of 28 pairs is the same.
  for (const count of counts.values()) expect(Math.abs(count / IDS.length - 1 / 28)).toBeLessThan(0.012);
  const ground = luminance(GROUNDS[scheme]);
  for (const color of counts.keys()) {
    const own = luminance(hexColor(color));
    expect((Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05)).toBeGreaterThanOrEqual(3);
  }
  const places = [...counts.keys()].map((color) => {
    const [lightness, chroma, hue] = /([\d.]+) ([\d.]+) ([\d.]+)/.exec(color)!.slice(1).map(Number) as [number, number, number];
    return [lightness, chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)] as const;
  });
  for (const [at, one] of places.entries()) {
    for (const other of places.slice(at + 1)) expect(Math.hypot(...one.map((part, i) => part - other[i]!))).toBeGreaterThan(0.05);
  }
});

const looksOf = (ids: readonly string[]): string[] => ids.map((id) => runColor(id, "light"));

it("keeps a run's colour", () => {
  const [first] = looksOf(["0123"]);
  looksOf(IDS);
  expect(looksOf(["0123"])).toEqual([first]);
});

it("gives runs that come one after the other different colours, also beside some that were there before", () => {
  for (let at = 0; at + 28 <= IDS.length; at += 28) {
    const some = IDS.slice(at, at + 28).map((id) => `new ${id}`);
    expect(new Set(looksOf(some)).size).toBe(28);
  }
  const known = IDS.slice(0, 10).map((id) => `new ${id}`);
  const young = IDS.slice(0, 18).map((id) => `younger ${id}`);
  expect(new Set([...looksOf(known), ...looksOf(young)]).size).toBe(28);
});

it("gives a run the colour that it likes where nobody near has it", async () => {
  const looks = async (ids: readonly string[]) => {
    vi.resetModules();
    const { runColor } = await import("./run-colors");
    return ids.map((id) => runColor(id, "light"));
  };
  const liked = await Promise.all(["a", "b", "c"].map((id) => looks([id])));
  expect(new Set(liked.flat()).size).toBe(3);
  expect(await looks(["c", "b", "a"])).toEqual(liked.toReversed().flat());
});

describe("a browser", () => {
  it("remembers the colours of runs", async () => {
    const before = looksOf(["x1", "x2"]);
    keepLooks();
    vi.resetModules();
    const again = await import("./run-colors");
    again.recallLooks();
    expect(["x2", "x1"].map((id) => again.runColor(id, "light"))).toEqual(before.toReversed());
  });

  it.each(["", "7", '{"a": 99, "b": "c"}', "["])("that remembers nonsense gives them anew: %s", (text) => {
    localStorage.setItem("headrace.run-looks", text);
    recallLooks();
    expect(looksOf(["a"])[0]).toMatch(/^oklch/);
  });
});
