/** How arrow keys go from run to run in a plot. */

export interface Stop {
  /** The run's. */
  id: string;
  /** Where it is drawn, on each of the axes. */
  value: readonly (number | string)[];
}

export interface Walk {
  /** Two axes; rows of points above each other (the second value, rounded, is the row); or lines across many axes. */
  kind: "plane" | "rows" | "axes";
  stops: readonly Stop[];
}

/** Which run has the keys; of lines, also the axis on which it is compared with others. */
export interface Cursor {
  id: string;
  axis: number;
}

const WAYS: Readonly<Record<string, readonly [axis: 0 | 1, by: number]>> = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowUp: [1, 1],
  ArrowDown: [1, -1],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** Returns where a key leads to; null for keys that lead nowhere. The first one leads to the first run. */
export function walkOn({ kind, stops }: Walk, cursor: Cursor | null, key: string): Cursor | null {
  const way = WAYS[key];
  if (!way || !stops.length) return null;
  const [across, by] = way;
  const here = stops.find(({ id }) => id === cursor?.id);
  if (!cursor || !here) return { id: inOrder(kind === "rows" ? firstRow(stops) : stops, 0)[0]!.id, axis: 0 };
  const along = (order: readonly Stop[], axis: number): Cursor => {
    const next = Math.max(0, Math.min(order.length - 1, order.indexOf(here) + by));
    return { id: order[next]!.id, axis };
  };
  if (kind === "plane") return along(inOrder(stops, across), across);
  if (kind === "rows") return across === 0 ? along(inOrder(rowOf(stops, here), 0), 0) : { id: beside(stops, here, -by).id, axis: 0 };
  if (across === 0 && Number.isFinite(by)) return { id: here.id, axis: Math.max(0, Math.min(here.value.length - 1, cursor.axis + by)) };
  return along(inOrder(stops, cursor.axis), cursor.axis);
}

/** Orders runs by an axis, the least first; those that are equal on it by the other ones. */
function inOrder(stops: readonly Stop[], axis: number): Stop[] {
  const axes = [axis, ...(stops[0]?.value.keys() ?? [])];
  return [...stops].sort((one, other) => axes.reduce((order, at) => order || compare(one.value[at]!, other.value[at]!), 0));
}

function compare(one: number | string, other: number | string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function row({ value }: Stop): number {
  return Math.round(value[1] as number);
}

function rowOf(stops: readonly Stop[], here: Stop): Stop[] {
  return stops.filter((stop) => row(stop) === row(here));
}

function firstRow(stops: readonly Stop[]): Stop[] {
  const first = stops.reduce((least, stop) => (row(stop) < row(least) ? stop : least));
  return rowOf(stops, first);
}

/** Returns the nearest run of the next row; the same one where there is none. */
function beside(stops: readonly Stop[], here: Stop, by: number): Stop {
  const away = (stop: Stop): number => (row(stop) - row(here)) * by;
  const next = Math.min(...stops.map(away).filter((rows) => rows > 0));
  const far = ({ value }: Stop): number => Math.abs((value[0] as number) - (here.value[0] as number));
  return stops.filter((stop) => away(stop) === next).reduce((nearest, stop) => (far(stop) < far(nearest) ? stop : nearest), stops.find((stop) => away(stop) === next) ?? here);
}
