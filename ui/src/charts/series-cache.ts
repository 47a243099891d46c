/**
 * The points of metrics that were fetched: each series once, in the detail that was asked for.
 *
 * Charts ask for a metric of many runs; what is there already is not fetched again, so that one more run, another
 * smoothing or a closed section costs nothing. What charts ask for within one moment travels together.
 */

import { call } from "@/api/client";
import type { MetricSeries } from "@/api/types";
import { toNumber } from "@/data/numbers";
import type { Series } from "./curves";
import type { Range } from "./ranges";

/** What is wanted of one metric. */
export interface Wanted {
  key: string;
  runIds: readonly string[];
  /** How many points a series is reduced to. */
  points: number;
  /** First and last step; all if not given. */
  window?: Range | undefined;
  /** Whether the times of the points are wanted too. */
  times?: boolean;
  /** How many points of each run are known, 0 for none: series that have not grown are left out of the answer. */
  known?: readonly number[] | undefined;
}

interface Entry {
  /** Null for a run that never logged the metric. */
  series: Series | null;
  points: number;
  window: string;
  times: boolean;
}

/** A chart of more points than this says no more, and takes longer. */
const MOST_POINTS = 150_000;

/** So many points one call asks for at most, so that the first curves are there early. */
const POINTS_PER_CALL = 60_000;

/** When more points than this are kept, metrics that nobody looks at are forgotten. */
const KEPT_POINTS = 6_000_000;

const CALLS_AT_ONCE = 4;

type Fetch = (wanted: Wanted) => Promise<MetricSeries[]>;

const fetchSeries: Fetch = async ({ key, runIds, points, window, times = false, known }) => {
  const request = { metric_keys: [key], run_ids: [...runIds], max_points: points, timestamps: times };
  const [start_step, end_step] = window ?? [null, null];
  return (await call("get_metric_series", { ...request, start_step, end_step, ...(known ? { known: [[...known]] } : {}) })).series;
};

export class SeriesCache {
  readonly #fetch: Fetch;
  /** Metric, then run: its whole series, and the detail of the part that was zoomed to last. */
  readonly #whole = new Map<string, Map<string, Entry>>();
  readonly #detail = new Map<string, Map<string, Entry>>();
  readonly #versions = new Map<string, number>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #errors = new Map<string, Error>();
  readonly #pending = new Set<string>();
  readonly #queue: (() => Promise<void>)[] = [];
  #running = 0;

  constructor(fetch: Fetch = fetchSeries) {
    this.#fetch = fetch;
  }

  /** Calls a listener when something of a metric arrived; returns what ends that. */
  subscribe(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (!listeners.size) this.#listeners.delete(key);
    };
  }

  /** Returns a number that is another one whenever something of the metric has changed. */
  version(key: string): number {
    return this.#versions.get(key) ?? 0;
  }

  error(key: string): Error | undefined {
    return this.#errors.get(key);
  }

  /** Returns what is known of a run's metric: undefined if it was not fetched yet, null if there is nothing. */
  get(key: string, runId: string): Series | null | undefined {
    return this.#whole.get(key)?.get(runId)?.series;
  }

  /** Returns the detail of a part of a run's metric, if it was fetched. */
  detail(key: string, runId: string, window: Range): Series | null {
    const entry = this.#detail.get(key)?.get(runId);
    return entry?.window === String(window) ? entry.series : null;
  }

  /** Fetches what is not there in this detail; with `again` also what is, if it has grown. */
  async request(wanted: Wanted, again = false): Promise<void> {
    const points = Math.max(40, Math.min(wanted.points, Math.floor(MOST_POINTS / Math.max(1, wanted.runIds.length))));
    const missing = again ? wanted.runIds : wanted.runIds.filter((id) => this.#lacks({ ...wanted, points }, id));
    const name = (id: string): string => `${wanted.key}\n${id}\n${wanted.window ?? ""}\n${wanted.times ?? false}`;
    const runIds = missing.filter((id) => !this.#pending.has(name(id)));
    const size = Math.max(1, Math.floor(POINTS_PER_CALL / points));
    const calls: Promise<void>[] = [];
    for (let start = 0; start < runIds.length; start += size) {
      const part = runIds.slice(start, start + size);
      for (const id of part) this.#pending.add(name(id));
      const task = async (): Promise<void> => {
        try {
          const known = again ? part.map((id) => this.get(wanted.key, id)?.count ?? 0) : undefined;
          const asked = { ...wanted, runIds: part, points, known };
          this.#take(asked, await this.#fetch(asked));
          this.#errors.delete(wanted.key);
        } catch (error) {
          this.#errors.set(wanted.key, error as Error);
          this.#announce(wanted.key);
        } finally {
          for (const id of part) this.#pending.delete(name(id));
        }
      };
      calls.push(this.#enqueue(task));
    }
    await Promise.all(calls);
  }

  #lacks({ key, points, window, times = false }: Wanted, id: string): boolean {
    const whole = this.#whole.get(key)?.get(id);
    if (!window) return !whole || (whole.points < points && isReduced(whole.series)) || (times && !whole.times);
    if (whole && !isReduced(whole.series)) return false; // all points are there: a part has no more
    const detail = this.#detail.get(key)?.get(id);
    return detail?.window !== String(window) || detail.points < points || (times && !detail.times);
  }

  #take({ key, runIds, points, window, times = false, known }: Wanted, answer: readonly MetricSeries[]): void {
    const kept = window ? this.#detail : this.#whole;
    const entries = kept.get(key) ?? new Map<string, Entry>();
    kept.delete(key); // and set again: the order of the map is the order of use
    kept.set(key, entries);
    const found = new Map(answer.map((series) => [series.run_id, series]));
    let isNew = false;
    for (const id of runIds) {
      const series = readSeries(found.get(id));
      if (known && !series && entries.has(id)) continue; // it has not grown
      entries.set(id, { series, points, window: String(window ?? ""), times });
      isNew = true;
    }
    if (isNew) this.#announce(key);
    this.#forget();
  }

  #announce(key: string): void {
    this.#versions.set(key, this.version(key) + 1);
    for (const listener of this.#listeners.get(key) ?? []) listener();
  }

  #forget(): void {
    let total = 0;
    for (const entries of this.#whole.values()) for (const { series } of entries.values()) total += series?.steps.length ?? 0;
    for (const [key, entries] of this.#whole) {
      if (total <= KEPT_POINTS) return;
      if (this.#listeners.has(key)) continue;
      for (const { series } of entries.values()) total -= series?.steps.length ?? 0;
      this.#whole.delete(key);
      this.#detail.delete(key);
    }
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push(() => task().then(resolve));
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < CALLS_AT_ONCE && this.#queue.length) {
      this.#running++;
      void this.#queue.shift()!().finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }
}

/** Returns whether points were left out. */
export function isReduced(series: Series | null): boolean {
  return series !== null && series.total > series.steps.length;
}

function readSeries(series: MetricSeries | undefined): Series | null {
  if (!series) return null;
  const { steps, timestamps, values, total, count } = series;
  return { steps: Float64Array.from(steps), times: Float64Array.from(timestamps), values: Float64Array.from(values, toNumber), total, count };
}

/** The points that all charts of the pages share. */
export const seriesCache = new SeriesCache();
