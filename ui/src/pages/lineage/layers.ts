/**
 * A layered drawing of a directed graph, from left to right.
 *
 * In the steps of Sugiyama, Tagawa and Toda (Methods for visual understanding of hierarchical system
 * structures, 1981): circles are opened, nodes get layers, links that are longer than one layer get
 * bends, the order in each layer is found by medians so that few links cross, and then the heights.
 * Heights are the closest to those of the neighbours that keep order and distance: an isotonic
 * regression for each layer.
 */

export interface Box {
  key: string;
  height: number;
}

export interface Arrow {
  key: string;
  source: string;
  target: string;
}

export interface Place {
  layer: number;
  /** Its place in the layer, from the top. */
  row: number;
  /** Left and top, in pixels. */
  x: number;
  y: number;
  height: number;
}

export interface Drawing {
  places: ReadonlyMap<string, Place>;
  /** The points through which a link goes: source, bends, target. */
  routes: ReadonlyMap<string, readonly (readonly [x: number, y: number])[]>;
  width: number;
  height: number;
}

export interface Sizes {
  /** Width of all nodes. */
  width: number;
  /** Between two layers. */
  across: number;
  /** Between two nodes of a layer. */
  between: number;
}

/** One place of a layer: a node, or the bend of a link. */
interface Cell {
  key: string;
  layer: number;
  height: number;
  isBend: boolean;
  left: Cell[];
  right: Cell[];
  row: number;
  /** Middle, in pixels from the top. */
  at: number;
}

const SWEEPS = 12;
const PASSES = 6;

/** Bends are thin, and lie close together. */
const BEND = 6;

/** Returns where nodes and links are drawn. Links to nodes that are not there, and to themselves, are left out. */
export function layOut(boxes: readonly Box[], arrows: readonly Arrow[], sizes: Sizes): Drawing {
  const keys = new Set(boxes.map(({ key }) => key));
  const real = arrows.filter(({ source, target }) => source !== target && keys.has(source) && keys.has(target));
  const backward = findBackward(boxes, real);
  const forward = real.map((arrow): Arrow => (backward.has(arrow.key) ? { ...arrow, source: arrow.target, target: arrow.source } : arrow));
  const layerOf = findLayers(boxes, forward);
  const cells = new Map(boxes.map(({ key, height }): [string, Cell] => [key, makeCell(key, layerOf.get(key)!, height, false)]));
  const layers: Cell[][] = Array.from({ length: Math.max(0, ...layerOf.values()) + 1 }, () => []);
  for (const cell of cells.values()) layers[cell.layer]!.push(cell);
  const chains = new Map<string, Cell[]>();
  for (const { key, source, target } of forward) {
    const chain = [cells.get(source)!];
    for (let layer = layerOf.get(source)! + 1; layer < layerOf.get(target)!; layer += 1) {
      const bend = makeCell(`${key} ${layer}`, layer, BEND, true);
      layers[layer]!.push(bend);
      chain.push(bend);
    }
    chain.push(cells.get(target)!);
    for (let index = 1; index < chain.length; index += 1) {
      chain[index - 1]!.right.push(chain[index]!);
      chain[index]!.left.push(chain[index - 1]!);
    }
    chains.set(key, backward.has(key) ? chain.reverse() : chain);
  }
  orderLayers(layers);
  setHeights(layers, sizes.between);
  return draw(layers, chains, sizes);
}

function makeCell(key: string, layer: number, height: number, isBend: boolean): Cell {
  return { key, layer, height, isBend, left: [], right: [], row: 0, at: 0 };
}

/** Returns the keys of links that close a circle, as a search in depth meets them. */
function findBackward(boxes: readonly Box[], arrows: readonly Arrow[]): Set<string> {
  const out = group(arrows, ({ source }) => source);
  const state = new Map<string, "open" | "done">();
  const found = new Set<string>();
  for (const { key: start } of boxes) {
    if (state.has(start)) continue;
    const path: [key: string, next: number][] = [[start, 0]];
    state.set(start, "open");
    while (path.length) {
      const top = path[path.length - 1]!;
      const arrow = out.get(top[0])?.[top[1]++];
      if (!arrow) {
        state.set(top[0], "done");
        path.pop();
      } else if (state.get(arrow.target) === "open") found.add(arrow.key);
      else if (!state.has(arrow.target)) {
        state.set(arrow.target, "open");
        path.push([arrow.target, 0]);
      }
    }
  }
  return found;
}

/** Returns the layer of each node: behind all that it comes from, and what comes from nothing right before its first use. */
function findLayers(boxes: readonly Box[], arrows: readonly Arrow[]): Map<string, number> {
  const out = group(arrows, ({ source }) => source);
  const missing = new Map(boxes.map(({ key }) => [key, 0]));
  for (const { target } of arrows) missing.set(target, missing.get(target)! + 1);
  const sources = new Set([...missing].filter(([, count]) => count === 0).map(([key]) => key));
  const layers = new Map<string, number>([...sources].map((key) => [key, 0]));
  const ready = [...sources];
  for (const key of ready) {
    for (const { target } of out.get(key) ?? []) {
      layers.set(target, Math.max(layers.get(target) ?? 0, layers.get(key)! + 1));
      const left = missing.get(target)! - 1;
      missing.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  for (const key of sources) {
    const targets = out.get(key);
    if (targets) layers.set(key, Math.min(...targets.map(({ target }) => layers.get(target)!)) - 1);
  }
  return layers;
}

/** Brings each layer into an order of few crossings: by the medians of neighbours, forth and back, the best one counts. */
function orderLayers(layers: Cell[][]): void {
  number(layers);
  let best = layers.map((cells) => [...cells]);
  let fewest = countCrossings(layers);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    const isForth = sweep % 2 === 0;
    for (const cells of isForth ? layers.slice(1) : layers.slice(0, -1).reverse()) {
      const wanted = new Map(cells.map((cell) => [cell, median((isForth ? cell.left : cell.right).map(({ row }) => row)) ?? cell.row]));
      cells.sort((one, other) => wanted.get(one)! - wanted.get(other)!);
      cells.forEach((cell, row) => (cell.row = row));
    }
    const crossings = countCrossings(layers);
    if (crossings < fewest) {
      fewest = crossings;
      best = layers.map((cells) => [...cells]);
    }
  }
  best.forEach((cells, layer) => (layers[layer] = cells));
  number(layers);
}

function number(layers: readonly Cell[][]): void {
  for (const cells of layers) cells.forEach((cell, row) => (cell.row = row));
}

/** Returns how many links cross: of two between the same layers, if their ends stand in another order. */
export function countCrossings(layers: readonly (readonly Pick<Cell, "right" | "row">[])[]): number {
  let crossings = 0;
  for (const cells of layers) {
    const ends = [...cells].sort((one, other) => one.row - other.row).flatMap(({ right }) => right.map(({ row }) => row).sort((one, other) => one - other));
    crossings += countInversions(ends);
  }
  return crossings;
}

/** Returns how many pairs stand in the wrong order (a Fenwick tree counts the greater ones before). */
function countInversions(values: readonly number[]): number {
  const tree = new Int32Array(Math.max(0, ...values) + 2);
  let found = 0;
  values.forEach((value, index) => {
    let smaller = 0;
    for (let at = value + 1; at > 0; at -= at & -at) smaller += tree[at]!;
    found += index - smaller;
    for (let at = value + 1; at < tree.length; at += at & -at) tree[at]! += 1;
  });
  return found;
}

/** Sets the heights: each layer as close to its neighbours as order and distances allow, forth and back. */
function setHeights(layers: readonly Cell[][], between: number): void {
  for (const cells of layers) settle(cells, cells.map(() => 0), between);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const isForth = pass % 2 === 0;
    for (const cells of isForth ? layers.slice(1) : layers.slice(0, -1).reverse()) {
      const wanted = cells.map((cell) => {
        const near = (isForth ? cell.left : cell.right).map(({ at }) => at);
        const far = pass < 2 ? [] : (isForth ? cell.right : cell.left).map(({ at }) => at);
        return mean(near.length ? near : far) ?? cell.at;
      });
      settle(cells, wanted, between);
    }
  }
}

/** Puts cells as close to where they want to be as possible: pool adjacent violators. */
function settle(cells: readonly Cell[], wanted: readonly number[], between: number): void {
  const offsets: number[] = [];
  cells.forEach((cell, index) => {
    const above = cells[index - 1];
    const gap = above && (above.isBend || cell.isBend) ? between / 2 : between;
    offsets.push(above ? offsets[index - 1]! + (above.height + cell.height) / 2 + gap : 0);
  });
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((value, index) => {
    let pool = { sum: value - offsets[index]!, count: 1 };
    for (let above = pools.at(-1); above && above.sum / above.count > pool.sum / pool.count; above = pools.at(-1)) {
      pools.pop();
      pool = { sum: above.sum + pool.sum, count: above.count + pool.count };
    }
    pools.push(pool);
  });
  let index = 0;
  for (const { sum, count } of pools) {
    for (const end = index + count; index < end; index += 1) cells[index]!.at = sum / count + offsets[index]!;
  }
}

function draw(layers: readonly Cell[][], chains: ReadonlyMap<string, Cell[]>, { width, across }: Sizes): Drawing {
  const all = layers.flat();
  const shift = Math.min(...all.map(({ at, height }) => at - height / 2));
  const left = (cell: Cell): number => cell.layer * (width + across);
  const middle = (cell: Cell): number => cell.at - shift;
  const places = new Map(
    all.filter(({ isBend }) => !isBend).map((cell): [string, Place] => [cell.key, { layer: cell.layer, row: cell.row, x: left(cell), y: middle(cell) - cell.height / 2, height: cell.height }]),
  );
  const routes = new Map(
    [...chains].map(([key, chain]): [string, [number, number][]] => {
      const isBackward = chain[0]!.layer > chain.at(-1)!.layer;
      const points = chain.flatMap((cell, index): [number, number][] => {
        const [near, far] = [left(cell), left(cell) + width];
        if (index === 0) return [[isBackward ? near : far, middle(cell)]];
        if (index === chain.length - 1) return [[isBackward ? far : near, middle(cell)]];
        return (isBackward ? [far, near] : [near, far]).map((x) => [x, middle(cell)]);
      });
      return [key, points];
    }),
  );
  return {
    places,
    routes,
    width: all.length ? layers.length * width + (layers.length - 1) * across : 0,
    height: all.length ? Math.max(...all.map((cell) => middle(cell) + cell.height / 2)) : 0,
  };
}

function group<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const one = groups.get(by(item));
    if (one) one.push(item);
    else groups.set(by(item), [item]);
  }
  return groups;
}

function median(values: number[]): number | undefined {
  if (!values.length) return undefined;
  values.sort((one, other) => one - other);
  const half = values.length >> 1;
  return values.length % 2 ? values[half] : (values[half - 1]! + values[half]!) / 2;
}

function mean(values: readonly number[]): number | undefined {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;
}
