/**
 * Which columns tell a number, by a forest of extremely randomised trees (Geurts, Ernst and Wehenkel 2006, "Extremely
 * randomized trees") whose trees each leave out a bootstrap's share of the rows; on these a column's values are shuffled,
 * and what the error grows by is the column's importance (Breiman 2001, "Random forests", section 10).
 *
 * Random cuts need no sorting, which makes it fast; the rows that a tree has not seen keep noise from looking important.
 */

/** A column of whole numbers, 0 to `count` - 1, a row each. */
export interface Feature {
  codes: Int32Array;
  count: number;
  /** Whether the codes are places in an order; else each is a kind of its own. */
  isOrdered: boolean;
}

export interface ForestOptions {
  trees?: number;
  /** The same seed and rows give the same forest. */
  seed?: number;
}

export interface ForestResult {
  /** By feature: the squared error that shuffling it adds, in variances of the target; about 0 for noise, 2 at most. */
  importances: Float64Array;
  /** The coefficient of determination (R²) of the trees that have not seen a row; negative if the mean tells more. */
  explained: number;
}

const TREES = 200;

/** Fewer different rows are not split: what the authors take for numbers. */
const LEAST = 5;

/** Returns how much each feature tells of the target, of which two values at least must differ. */
export function measureForest(features: readonly Feature[], target: Float64Array, { trees = TREES, seed = 1 }: ForestOptions = {}): ForestResult {
  const random = randomNumbers(seed);
  const rows = target.length;
  const mean = target.reduce((sum, value) => sum + value, 0) / rows;
  const variance = target.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
  const importances = new Float64Array(features.length);
  const sums = new Float64Array(rows);
  const counts = new Int32Array(rows);
  for (let number = 0; number < trees; number++) {
    const weights = new Int32Array(rows);
    for (let i = 0; i < rows; i++) weights[Math.floor(random() * rows)]!++;
    const tree = growTree(features, target, weights, random);
    const unseen = Int32Array.from({ length: rows }, (_, row) => row).filter((row) => !weights[row]);
    if (!unseen.length) continue;
    let error = 0;
    for (const row of unseen) {
      const told = predict(tree, features, row);
      error += (told - target[row]!) ** 2;
      sums[row]! += told;
      counts[row]!++;
    }
    for (const used of new Set(tree.feature)) {
      if (used < 0) continue;
      const others = shuffled(unseen, random);
      let shuffledError = 0;
      for (let i = 0; i < unseen.length; i++) shuffledError += (predict(tree, features, unseen[i]!, used, others[i]!) - target[unseen[i]!]!) ** 2;
      importances[used]! += (shuffledError - error) / unseen.length / variance / trees;
    }
  }
  let [left, all] = [0, 0];
  for (let row = 0; row < rows; row++) {
    if (!counts[row]) continue;
    left += (target[row]! - sums[row]! / counts[row]!) ** 2;
    all += (target[row]! - mean) ** 2;
  }
  return { importances, explained: all > 0 ? 1 - left / all : 0 };
}

/** Nodes as columns; the first is the root. */
interface Tree {
  /** Which feature a node asks for; -1 for a leaf. */
  feature: number[];
  /** The codes that go to the left: those up to a number, or those marked by 1. */
  cut: (number | Uint8Array)[];
  /** The node at the left; the one at the right follows it. */
  left: number[];
  value: number[];
}

function growTree(features: readonly Feature[], target: Float64Array, weights: Int32Array, random: () => number): Tree {
  const tree: Tree = { feature: [], cut: [], left: [], value: [] };
  const rows = Int32Array.from({ length: target.length }, (_, row) => row).filter((row) => weights[row]! > 0);
  const present = new Int32Array(Math.max(1, ...features.map(({ count }) => count)));
  let mark = 0;
  const addNode = (): number => {
    tree.cut.push(0);
    tree.left.push(0);
    tree.value.push(0);
    return tree.feature.push(-1) - 1;
  };
  const waiting: [node: number, start: number, end: number][] = [[addNode(), 0, rows.length]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, start, end] = next;
    let [weight, sum, least, most] = [0, 0, Infinity, -Infinity];
    for (let i = start; i < end; i++) {
      const [times, value] = [weights[rows[i]!]!, target[rows[i]!]!];
      weight += times;
      sum += times * value;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    tree.value[node] = sum / weight;
    if (end - start < LEAST || least === most) continue;
    // The cut that leaves the least squared error has the greatest sum of the sides' squared sums by their weights.
    let best = -Infinity;
    for (let at = 0; at < features.length; at++) {
      const cut = drawCut(features[at]!, start, end);
      if (cut === null) continue;
      const { codes } = features[at]!;
      let [leftWeight, leftSum] = [0, 0];
      for (let i = start; i < end; i++) {
        const row = rows[i]!;
        if (typeof cut === "number" ? codes[row]! > cut : !cut[codes[row]!]) continue;
        leftWeight += weights[row]!;
        leftSum += weights[row]! * target[row]!;
      }
      const score = leftSum ** 2 / leftWeight + (sum - leftSum) ** 2 / (weight - leftWeight);
      if (score > best) {
        best = score;
        tree.feature[node] = at;
        tree.cut[node] = cut;
      }
    }
    const chosen = tree.feature[node]!;
    if (chosen < 0) continue;
    const [{ codes }, cut] = [features[chosen]!, tree.cut[node]!];
    let middle = start;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      if (!goesLeft(cut, codes[row]!)) continue;
      rows[i] = rows[middle]!;
      rows[middle++] = row;
    }
    const left = (tree.left[node] = addNode());
    waiting.push([left, start, middle], [addNode(), middle, end]);
  }
  return tree;

  /** Returns a cut that has rows on both sides, by chance alone; null if all rows have the same code. */
  function drawCut({ codes, count, isOrdered }: Feature, start: number, end: number): number | Uint8Array | null {
    const first = codes[rows[start]!]!;
    let [least, most] = [first, first];
    for (let i = start + 1; i < end; i++) {
      const code = codes[rows[i]!]!;
      if (code < least) least = code;
      else if (code > most) most = code;
    }
    if (least === most) return null;
    if (isOrdered) return least + Math.floor(random() * (most - least));
    const sides = Uint8Array.from({ length: count }, () => Number(random() < 0.5));
    const kinds: number[] = [];
    mark++;
    for (let i = start; i < end; i++) {
      const code = codes[rows[i]!]!;
      if (present[code] === mark) continue;
      present[code] = mark;
      kinds.push(code);
    }
    if (kinds.every((kind) => sides[kind] === sides[kinds[0]!])) {
      const other = kinds[Math.floor(random() * kinds.length)]!;
      sides[other] = 1 - sides[other]!;
    }
    return sides;
  }
}

/** Returns what a tree tells of a row; with another row's code in the place of one feature, if one is given. */
function predict({ feature, cut, left, value }: Tree, features: readonly Feature[], row: number, replaced = -1, other = row): number {
  let node = 0;
  for (let at = feature[0]!; at >= 0; at = feature[node]!) {
    const code = features[at]!.codes[at === replaced ? other : row]!;
    node = goesLeft(cut[node]!, code) ? left[node]! : left[node]! + 1;
  }
  return value[node]!;
}

function goesLeft(cut: number | Uint8Array, code: number): boolean {
  return typeof cut === "number" ? code <= cut : cut[code] === 1;
}

/** Returns the same in another order (Fisher and Yates). */
function shuffled(values: Int32Array, random: () => number): Int32Array {
  const mixed = values.slice();
  for (let i = mixed.length - 1; i > 0; i--) {
    const at = Math.floor(random() * (i + 1));
    [mixed[i], mixed[at]] = [mixed[at]!, mixed[i]!];
  }
  return mixed;
}

/** Returns numbers from 0 to 1 that follow from a seed (Tommy Ettinger's mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
