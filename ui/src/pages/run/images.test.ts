import { expect, it } from "vitest";
import { nearest, readSeries } from "./images";

const PATHS = [
  "images/val~sample+step+10+timestamp+5+b1.png",
  "images/val~sample+step+10+timestamp+5+b1+compressed.webp",
  "images/val~sample+step+2+timestamp+1+a-1.png",
  "images/old#one%step%0%timestamp%1%c.png",
  "images/free.png",
];

it("takes names apart, of newer clients and of older ones", () => {
  const [first, second] = readSeries(PATHS);
  expect([first!.key, second!.key]).toEqual(["old/one", "val/sample"]);
  expect(second!.images.map(({ step }) => step)).toEqual([2, 10]);
  expect(second!.images[1]).toMatchObject({ path: PATHS[0], thumbnail: PATHS[1] });
});

it("finds what was there at a step", () => {
  const { images } = readSeries(PATHS)[1]!;
  expect([1, 2, 9, 99].map((step) => nearest(images, step)?.step)).toEqual([undefined, 2, 2, 10]);
});
