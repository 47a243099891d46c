/**
 * The rows of the table: a hundred thousand of them, of which those around the reader are held.
 *
 * Rows come in windows, each with the fields of the columns in sight. The order is what the windows said; the values
 * of visible rows are asked for again and again, and change in place. Where the order has changed meanwhile, the rows
 * stay as they are while the reader is on them, and the table says that there is something new.
 *
 * Runs with children that are open have a level of their own below them, made of windows in the same way.
 */

import { CallError } from "@/api/client";
import { Level, type Place, type RunRow, WINDOW } from "./level";
import { childrenOf, fetchWindow, type RunBase, type WindowAnswer, type WindowRequest } from "./window";

const KEPT_WINDOWS = 300;

/** How many windows are fetched at once. */
const AT_ONCE = 4;

/** How many windows away one that is on its way is still of use. */
const NEAR = 6;

/** How far ahead rows are fetched: as far as the reader scrolls in this time, up to so many. */
const AHEAD_SECONDS = 0.5;
const MOST_AHEAD = 600;

/** Rows that nobody scrolls at once: who moves by more has jumped, and goes on slowly. */
const JUMP = 200;

/** Milliseconds after which a reader who has not scrolled stands still. */
const STANDS = 400;

/** Milliseconds after a change from here in which orders are to be found anew. */
const FRESH = 1_000;

/** Milliseconds for which nothing is fetched by itself after a failure. */
const REST = 2_000;

/** Milliseconds for which rows that were foreseen are still what would be asked for. */
const FORESEEN = 1_500;

/** What rows there are, and in which order. */
export interface Query {
  experimentIds: readonly string[];
  filter: string;
  order: readonly string[];
  isDeleted: boolean;
  /** Whether children stand below their parents; where a filter finds runs of any depth, they stand there too. */
  isTree: boolean;
}

type Fetch = (request: WindowRequest, signal?: AbortSignal) => Promise<WindowAnswer>;

export class RunRows {
  /** What is wrong with the query, or with the way to the server; null if nothing is. */
  error: CallError | null = null;
  /** Whether rows of another query are shown until those of this one come. */
  isStale = false;
  /** Where the reader was, to come back to: how far he had scrolled, and the cell that he was on. */
  scrollTop = 0;
  cursor = { row: -1, cell: -1 };
  root: Level | null = null;
  /** Grows when the reader is to see other rows, from the top. */
  generation = 0;
  /** Grows when rows came that were not there. */
  arrivals = 0;

  private version = 0;
  private readonly listeners = new Set<() => void>();
  private query: Query | null = null;
  private shownQuery: Query | null = null;
  private next: AbortController | null = null;
  private foreseen: { asked: string; at: number; answer: Promise<WindowAnswer> } | null = null;
  private runs = new Map<string, RunRow>();
  private levels = new Map<string, Level>();
  private readonly slots = new Map<string, number>();
  private open: ReadonlySet<string> = new Set();
  private fields: readonly string[] = [];
  private inSight: [number, number] = [0, 40];
  private seenAt = 0;
  /** Rows a second, down if positive. */
  private speed = 0;
  private isHeld = false;
  private isPolling = false;
  private changes = 0;
  private restUntil = 0;
  private freshUntil = 0;

  constructor(private readonly fetch: Fetch = fetchWindow) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getVersion = (): number => this.version;

  /** Number of rows, those of open levels included. */
  get size(): number {
    return this.root?.size ?? 0;
  }

  /** Number of runs that came since the order was read; 0 with `hasNews` if only the order changed. */
  get newRuns(): number {
    return Math.max(0, this.root?.shift ?? 0);
  }

  get hasNews(): boolean {
    return [this.root, ...this.levels.values()].some((level) => level?.hasNews);
  }

  at(row: number): Place {
    return this.root!.at(row);
  }

  slot(field: string): number {
    let slot = this.slots.get(field);
    if (slot === undefined) this.slots.set(field, (slot = this.slots.size));
    return slot;
  }

  run(id: string): RunRow | undefined {
    return this.runs.get(id);
  }

  /** Returns about `most` of the runs that are there, the first ones of the table. */
  some(most: number): RunRow[] {
    const found: RunRow[] = [];
    for (const level of [this.root, ...this.levels.values()]) {
      for (const at of level?.loaded.keys() ?? []) {
        if (found.length >= most) return found;
        for (const run of level!.order.slice(at * WINDOW, (at + 1) * WINDOW)) if (run) found.push(run);
      }
    }
    return found;
  }

  /** Asks for other rows; the present ones stay until they come, and if the query is refused. */
  setQuery(query: Query): void {
    if (JSON.stringify(query) === JSON.stringify(this.query)) return;
    this.query = query;
    void this.begin(query);
  }

  /** Asks for the first rows with these fields, unless the table has asked for rows already; resolves when they came. */
  async readAhead(query: Query, fields: readonly string[]): Promise<void> {
    if (this.query) return;
    this.query = query;
    this.fields = fields;
    await this.begin(query);
  }

  /** Asks already for the first rows of a query that is likely to be set in a moment. */
  foresee(query: Query): void {
    const request = this.firstRequest(query);
    if (JSON.stringify(query) === JSON.stringify(this.query) || this.foreseenOf(request)) return;
    const answer = this.fetch(request);
    answer.catch(() => undefined); // whoever sets the query learns of it
    this.foreseen = { asked: JSON.stringify(request), at: Date.now(), answer };
  }

  /** Says which runs are open. */
  setOpen(open: ReadonlySet<string>): void {
    this.open = open;
    this.arrange();
    this.ensure();
    this.changed();
  }

  /** Says which rows and fields are in sight; what is missing of them, and ahead of them, is fetched. */
  setView(first: number, last: number, fields: readonly string[]): void {
    const now = performance.now();
    if (first !== this.inSight[0]) {
      const rows = first - this.inSight[0];
      const speed = (rows / Math.max(8, now - this.seenAt)) * 1_000;
      this.speed = now - this.seenAt > STANDS || Math.abs(rows) > JUMP ? 0 : 0.5 * this.speed + 0.5 * speed;
      this.seenAt = now;
    }
    this.inSight = [first, last];
    this.fields = fields;
    this.ensure();
  }

  /** Says whether the reader is on the rows, so that they stay where they are. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    if (!isHeld && this.hasNews) this.reload();
  }

  /**
   * Reads the order anew.
   *
   * @param isFresh Whether runs were just changed from here, so that the server's last order will not do.
   */
  reload(isFresh = false): void {
    if (isFresh) this.freshUntil = Date.now() + FRESH;

    for (const level of [this.root, ...this.levels.values()]) {
      if (!level) continue;
      level.loaded.clear();
      for (const { stop } of level.coming.values()) stop.abort();
      level.coming.clear();
      level.shift = 0;
      level.hasNews = false;
      level.known = { asked: "", token: "" };
    }
    this.ensure();
    this.changed();
  }

  /** Reads the order anew, and goes to its top. */
  showNews(): void {
    this.generation++;
    this.reload();
  }

  /** Asks once for the values of the rows in sight. */
  async poll(): Promise<void> {
    if (this.isPolling || this.isStale) return;
    if (!this.root) {
      // What was refused is refused again, but to a reader who has signed in; a server that did not answer may do so now.
      const { status = 0 } = this.error ?? {};
      const isOver = status >= 400 && status < 500 && status !== 401;
      return this.query && !this.next && !isOver ? this.begin(this.query) : undefined;
    }
    this.isPolling = true;
    // Other columns may come into sight until the answer is there.
    const { root, fields } = this;
    try {
      for (const [level, [first, last]] of this.ranges(this.inSight[0], this.inSight[1])) {
        if (level.coming.size > 0) continue;
        const request = this.request(level, first + level.shift, last - first + 1, fields);
        const asked = JSON.stringify(request);
        const known = level.known.asked === asked ? { known: level.known.token } : {};
        const answer = await this.fetch({ ...request, ...known });
        if (this.root !== root || level.coming.size > 0) continue;
        level.known = { asked, token: answer.token };
        if (answer.isUnchanged) continue;
        this.refresh(level, first, fields, answer);
      }
      this.ensure();
      if (this.error?.status !== 0) return;
      this.error = null;
      this.changed();
    } catch (error) {
      this.failed(error);
    } finally {
      this.isPolling = false;
    }
  }

  private async begin(query: Query): Promise<void> {
    this.next?.abort();
    const stop = (this.next = new AbortController());
    const level = topOf(query);
    const fields = [...this.fields];
    this.isStale = this.root !== null;
    const request = this.firstRequest(query);
    const answering = this.foreseenOf(request) ?? this.fetch(request, stop.signal);
    this.foreseen = null;
    this.changed();
    try {
      const answer = await answering;
      if (stop.signal.aborted) return;
      for (const old of [this.root, ...this.levels.values()]) for (const { stop } of old?.coming.values() ?? []) stop.abort();
      if (JSON.stringify(query.experimentIds) !== JSON.stringify(this.shownQuery?.experimentIds)) this.runs = new Map();
      this.levels = new Map();
      this.root = level;
      this.shownQuery = query;
      this.generation++;
      this.error = null;
      this.isStale = false;
      this.take(level, 0, fields, answer);
    } catch (error) {
      if (stop.signal.aborted) return;
      this.isStale = false;
      this.failed(error);
    } finally {
      if (this.next === stop) this.next = null;
    }
  }

  private firstRequest(query: Query): WindowRequest {
    return this.request(topOf(query), 0, WINDOW, this.fields, query);
  }

  private foreseenOf(request: WindowRequest): Promise<WindowAnswer> | null {
    const { asked, at, answer } = this.foreseen ?? { asked: "", at: 0, answer: null };
    return asked === JSON.stringify(request) && Date.now() - at < FORESEEN ? answer : null;
  }

  private failed(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    this.restUntil = Date.now() + REST;
    this.error = error instanceof CallError ? error : new CallError(0, "ERROR", String(error));
    this.changed();
  }

  private request(level: Level, offset: number, count: number, fields: Iterable<string>, query = this.shownQuery!): WindowRequest {
    const { experimentIds, order, isDeleted } = query;
    const filter = level.filter || query.filter;
    const isFresh = Date.now() < this.freshUntil;
    return { experimentIds, filter, order, isDeleted, roots: level.roots, offset: Math.max(0, offset), count, fields: [...fields], isFresh };
  }

  /** Fetches what is missing of the windows in sight, and then of those ahead, a few at a time. */
  private ensure(): void {
    if (!this.root || Date.now() < this.restUntil) return;
    const [first, last] = this.inSight;
    const page = Math.max(1, last - first);
    // Where the reader scrolls fast, those ahead are farther away.
    const far = Math.max(page, Math.min(MOST_AHEAD, Math.abs(this.speed) * AHEAD_SECONDS));
    const [up, down] = this.speed < 0 ? [far, page] : [page, far];
    const near = this.windows(first - up, last + down);
    for (const level of [this.root, ...this.levels.values()]) {
      for (const [at, { stop }] of level.coming) {
        if (near.some((one) => one.level === level && Math.abs(one.at - at) <= NEAR)) continue;
        stop.abort();
        level.coming.delete(at);
      }
    }
    let room = AT_ONCE - [this.root, ...this.levels.values()].reduce((sum, { coming }) => sum + coming.size, 0);
    for (const { level, at } of [...this.windows(first, last), ...near]) {
      if (room <= 0) return;
      if (this.load(level, at)) room--;
    }
  }

  /** Returns the windows that hold the rows between two rows of the table. */
  private windows(first: number, last: number): { level: Level; at: number }[] {
    const windows = [];
    for (const [level, [from, to]] of this.ranges(first, last)) {
      for (let at = Math.floor(from / WINDOW); at * WINDOW <= to; at++) windows.push({ level, at });
    }
    return windows;
  }

  /** Fetches what a window lacks; returns whether it lacks anything that is not on its way. */
  private load(level: Level, at: number): boolean {
    const have = level.loaded.get(at);
    const coming = level.coming.get(at);
    const missing = this.fields.filter((field) => !have?.has(field));
    if (have && missing.length === 0) return false;
    if (coming && missing.every((field) => coming.fields.has(field))) return false;
    coming?.stop.abort();
    const stop = new AbortController();
    const fields = have ? missing : this.fields;
    level.coming.set(at, { fields: new Set(fields), stop });
    this.fetch(this.request(level, at * WINDOW + level.shift, WINDOW, fields), stop.signal).then(
      (answer) => {
        if (stop.signal.aborted) return;
        level.coming.delete(at);
        this.take(level, at, fields, answer);
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        level.coming.delete(at);
        this.failed(error);
      },
    );
    return true;
  }

  /** Takes a window that came: its order, and the values of its fields. */
  private take(level: Level, at: number, fields: readonly string[], answer: WindowAnswer): void {
    const have = level.loaded.get(at) ?? new Set();
    const isNew = have.size === 0;
    for (const field of fields) have.add(field);
    level.loaded.set(at, have);
    const runs = this.put(fields, answer);
    // What a window that is there already was asked for is only more of its columns.
    if (isNew) for (const [index, run] of runs.entries()) level.order[at * WINDOW + index] = run;
    level.total = Math.max(0, answer.total - level.shift);
    level.order.length = Math.min(level.order.length, level.total);
    if (isNew) this.arrivals++;
    this.forget(level, at);
    this.arrange();
    this.ensure();
    this.changed();
  }

  /** Keeps the values of runs, and returns the runs. */
  private put(fields: readonly string[], answer: WindowAnswer): RunRow[] {
    const slots = fields.map((field) => this.slot(field));
    return answer.runs.map((base, index) => {
      let run = this.runs.get(base.id);
      if (!run) {
        run = { ...base, values: [], revision: 0 };
        this.runs.set(base.id, run);
      } else if (isDifferent(run, base)) {
        Object.assign(run, base);
        run.revision++;
        this.changes++;
      }
      for (const [number, slot] of slots.entries()) {
        const value = answer.columns[number]![index];
        if (Object.is(run.values[slot], value)) continue;
        run.values[slot] = value;
        run.revision++;
        this.changes++;
      }
      return run;
    });
  }

  /** Takes the present values of rows, and sees whether their order is still the one that is shown. */
  private refresh(level: Level, first: number, fields: readonly string[], answer: WindowAnswer): void {
    const before = this.changes;
    const runs = this.put(fields, answer);
    const isMoved = runs.some((run, index) => level.order[first + index] !== run);
    if (answer.total !== level.total + level.shift || isMoved) {
      const isByTime = this.shownQuery!.order.length === 0;
      const shift = isByTime && level === this.root ? Math.max(0, answer.total - level.total) : 0;
      level.hasNews = true;
      level.shift = shift;
      if (!this.isHeld) return this.reload();
      this.changed();
    } else if (level.hasNews && level.shift === 0) {
      level.hasNews = false;
      this.changed();
    } else if (before !== this.changes) this.changed();
  }

  /** Returns which rows of which levels lie between two rows of the table. */
  private ranges(first: number, last: number): Map<Level, [number, number]> {
    const ranges = new Map<Level, [number, number]>();
    if (!this.root) return ranges;
    const end = Math.min(last, this.size - 1);
    for (let row = Math.max(0, first); row <= end; row++) {
      const { level, index } = this.root.at(row);
      const range = ranges.get(level);
      if (range) range[1] = Math.max(range[1], index);
      else ranges.set(level, [index, index]);
    }
    if (ranges.size === 0) ranges.set(this.root, [0, 0]);
    return ranges;
  }

  private arrange(): void {
    if (!this.shownQuery?.isTree) return;
    this.root?.arrange((run, path) => {
      // Tags can say anything: a run may be named as the parent of its own parent.
      if (!this.open.has(run.id) || path.includes(run.id)) return undefined;
      const below = [...path, run.id];
      const key = below.join();
      let level = this.levels.get(key);
      if (!level) this.levels.set(key, (level = new Level(childrenOf(run.id), false, below, run.children)));
      return level;
    });
  }

  /** Forgets the windows that are farthest away if there are too many. */
  private forget(level: Level, around: number): void {
    if (level.loaded.size <= KEPT_WINDOWS) return;
    const farthest = [...level.loaded.keys()].reduce((a, b) => (Math.abs(a - around) > Math.abs(b - around) ? a : b));
    level.loaded.delete(farthest);
    for (let index = farthest * WINDOW; index < (farthest + 1) * WINDOW; index++) {
      const run = level.order[index];
      if (run) this.runs.delete(run.id);
      level.order[index] = undefined;
    }
  }

  private changed(): void {
    this.version++;
    for (const listener of this.listeners) listener();
  }
}

/** Returns the level that holds all rows of a query. */
function topOf(query: Query): Level {
  return new Level("", query.isTree && !query.filter, [], 0);
}

function isDifferent(run: RunBase, base: RunBase): boolean {
  return (Object.keys(base) as (keyof RunBase)[]).some((name) => run[name] !== base[name]);
}
