/** Series of images, which a run keeps in one folder: what each is of stands in its name. */

export interface LoggedImage {
  step: number;
  timestamp: number;
  /** Path of the whole image. */
  path: string;
  /** Path of a small one, where there is one. */
  thumbnail?: string;
}

export interface ImageSeries {
  key: string;
  /** In the order of their steps. */
  images: LoggedImage[];
}

// Older clients of MLflow put % and # where newer ones put + and ~.
const NAME = /^images\/(.+)[+%]step[+%](-?\d+)[+%]timestamp[+%](\d+)[+%]([^+%]+?)([+%]compressed)?\.\w+$/;

/** Returns the series that files of the folder `images` make, by their keys; other files are left out. */
export function readSeries(paths: readonly string[]): ImageSeries[] {
  const found = new Map<string, Map<string, LoggedImage>>();
  for (const path of paths) {
    const match = NAME.exec(path);
    if (!match) continue;
    const [, flat = "", step, timestamp, id, isSmall] = match;
    const key = flat.replaceAll(/[~#]/g, "/");
    const name = `${step} ${timestamp} ${id}`;
    const images = found.get(key) ?? new Map<string, LoggedImage>();
    found.set(key, images);
    const image = images.get(name) ?? { step: Number(step), timestamp: Number(timestamp), path };
    if (isSmall) image.thumbnail = path;
    else image.path = path;
    images.set(name, image);
  }
  return [...found]
    .map(([key, images]) => ({ key, images: [...images.values()].sort((a, b) => a.step - b.step || a.timestamp - b.timestamp) }))
    .sort((a, b) => a.key.localeCompare(b.key, undefined, { numeric: true }));
}

/** Returns the last image of a step, or of the last step before it. */
export function nearest(images: readonly LoggedImage[], step: number): LoggedImage | undefined {
  return images.findLast((image) => image.step <= step);
}
