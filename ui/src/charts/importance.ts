/** How much each param tells of a metric, and in which direction. */

import { type Feature, measureForest } from "./forest";
import { averageRanks, spearman } from "./ranks";

/** Values of runs as columns of equal length, a run each. */
export interface ImportanceRequest {
  ids: readonly string[];
  /** The metric; runs without a finite value are left out. */
  metric: readonly (number | null)[];
  params: Readonly<Record<string, readonly (string | null)[]>>;
}

export interface ParamImportance {
  param: string;
  /** Its share of what the forest has learned, 0 to 1; null where it has learned nothing. */
  share: number | null;
  /** The squared error that shuffling its values adds, in variances of the metric's ranks. */
  loss: number;
  /** Spearman's correlation with the metric; null for texts. */
  correlation: number | null;
  /** How many runs have a value. */
  runs: number;
}

export interface Importance {
  /** How many runs have the metric. */
  runs: number;
  /** The share of the metric's differences that the forest explains in runs that it has not seen; 0 or less: nothing. */
  explained: number;
  /** The most important first. */
  params: ParamImportance[];
  /** Params that are the same in all runs. */
  constants: string[];
  /** Texts that are another one in nearly each run, such as names and paths: they tell a run, not a reason. */
  names: string[];
}

/** Of fewer runs a forest tells nothing but chance. */
export const LEAST_RUNS = 8;

/**
 * Returns how much the params tell of a metric: the same for the same runs, in whichever order they come.
 *
 * The forest learns the metric's ranks, so that one run that went astray does not decide, nor a logarithm.
 *
 * @returns null if fewer than `LEAST_RUNS` runs have the metric, or all of them the same value.
 */
export function measureImportance({ ids, metric, params }: ImportanceRequest): Importance | null {
  const rows = ids.map((id, at) => ({ id, at })).filter(({ at }) => Number.isFinite(metric[at] ?? NaN));
  rows.sort((one, other) => (one.id < other.id ? -1 : 1));
  const values = rows.map(({ at }) => metric[at]!);
  if (rows.length < LEAST_RUNS || values.every((value) => value === values[0])) return null;
  const constants: string[] = [];
  const names: string[] = [];
  const used: { param: string; feature: Feature; correlation: number | null; runs: number }[] = [];
  for (const param of Object.keys(params).sort()) {
    const texts = rows.map(({ at }) => presentText(params[param]![at]));
    const given = texts.filter((text) => text !== null);
    const numbers = readNumbers(texts);
    const distinct = new Set<number | string>(numbers ? numbers.filter((value) => !Number.isNaN(value)) : given).size;
    if (distinct + Number(given.length < rows.length) < 2) constants.push(param);
    else if (!numbers && distinct > rows.length / 2) names.push(param);
    else used.push({ param, feature: encode(texts, numbers), correlation: numbers && correlate(numbers, values), runs: given.length });
  }
  const { importances, explained } = measureForest(used.map(({ feature }) => feature), averageRanks(values));
  const learned = importances.reduce((sum, loss) => sum + Math.max(0, loss), 0);
  const isLearned = explained > 0 && learned > 0;
  const measured = used.map(({ param, correlation, runs }, at): ParamImportance => {
    const loss = importances[at]!;
    return { param, share: isLearned ? Math.max(0, loss) / learned : null, loss, correlation, runs };
  });
  const weight = ({ loss, correlation }: ParamImportance): number => (isLearned ? loss : Math.abs(correlation ?? 0));
  measured.sort((one, other) => weight(other) - weight(one) || Math.abs(other.correlation ?? 0) - Math.abs(one.correlation ?? 0));
  return { runs: rows.length, explained, params: measured, constants, names };
}

const ABSENT = /^\s*(none|null|nan)?\s*$/i;

function presentText(text: string | null | undefined): string | null {
  return text === null || text === undefined || ABSENT.test(text) ? null : text.trim();
}

/** Returns texts as numbers, NaN for those that are not given; null if one of them is no number and no truth value. */
function readNumbers(texts: readonly (string | null)[]): number[] | null {
  const isTruth = texts.every((text) => text === null || /^(true|false)$/i.test(text));
  const numbers = texts.map((text) => (text === null ? NaN : isTruth ? Number(/^true$/i.test(text)) : Number(text)));
  return numbers.every((value, at) => texts[at] === null || !Number.isNaN(value)) ? numbers : null;
}

/** Returns a column as codes: numbers by their order, so that it does not matter whether they lie on a logarithm. */
function encode(texts: readonly (string | null)[], numbers: readonly number[] | null): Feature {
  const kinds = numbers
    ? [...new Set(numbers.filter((value) => !Number.isNaN(value)))].sort((one, other) => one - other)
    : [...new Set(texts.filter((text) => text !== null))].sort();
  const places = new Map<number | string, number>(kinds.map((kind, at) => [kind, at + 1]));
  // What is not given is a kind of its own; among numbers it stands before the least.
  const codes = Int32Array.from(texts, (text, at) => (text === null ? 0 : places.get(numbers ? numbers[at]! : text)!));
  return { codes, count: kinds.length + 1, isOrdered: numbers !== null };
}

function correlate(numbers: readonly number[], values: readonly number[]): number | null {
  const given = numbers.flatMap((value, at) => (Number.isNaN(value) ? [] : [at]));
  return spearman(given.map((at) => numbers[at]!), given.map((at) => values[at]!));
}
