/**
 * Curves within uPlot's axes.
 *
 * uPlot draws axes and grid, and follows the pointer. The curves have a canvas of their own above it: uPlot wants
 * all series on one x column, which for a thousand runs of different steps would be a table of mostly nothing. The
 * run under the pointer is drawn on a second canvas while the first one fades, so that hovering repaints one curve.
 */

import uPlot from "uplot";
import { hoveredRun } from "@/data/focus";
import { columnFormat, formatNumber } from "@/data/numbers";
import { IS_TOUCHED } from "@/data/window";
import type { Curve } from "./curves";
import { forget, onFrame } from "./frames";
import { nearestCurves, nearestIndex, valueAt } from "./nearest";
import { bandOpacity, isSparse, paintCurve, project, type Projection } from "./paint";
import type { Range } from "./ranges";
import { hideReadout, type ReadoutRow, showReadout } from "./readout";
import { formatPlace, makeTicks, type Ticks, type Unit } from "./ticks";
import { type Fingers, followTouches, pinchedRange } from "./touches";

export interface PlotModel {
  curves: readonly Curve[];
  /** Curves that are drawn faintly below the others: the runs of groups. */
  ghosts: readonly Curve[];
  /** Names of the groups by the ids of their runs: who points at a run means its group. */
  groups: ReadonlyMap<string, string>;
  x: Range;
  y: Range;
  unit: Unit;
  logX: boolean;
  logY: boolean;
  /** What stands before the place on the x axis in the readout: `Step`. */
  place: string;
}

interface Handlers {
  /** Called with the part of the x axis that was chosen; undefined for all of it. */
  onZoom: (zoom: Range | undefined) => void;
  /** Called with the curve that the pointer, in whichever chart, is near to, and its value there. */
  onValue: (curve: Curve | null, value: string) => void;
}

/** A run is under the pointer if its curve is not farther away, in pixels. */
const REACH = 28;

const MOST_ROWS = 8;

/** Room around the plot for the halves of dots and lines on its edge, in pixels. */
const MARGIN = 3;

const FONT = `${IS_TOUCHED ? 12 : 11}px 'Inter Variable', system-ui, sans-serif`;

export class CurvePlot {
  readonly #box: HTMLElement;
  readonly #handlers: Handlers;
  readonly #all = layer();
  readonly #one = layer();
  #plot: uPlot | null = null;
  #model: PlotModel | null = null;
  #byId: Map<string, Curve> | null = null;
  #isInside = false;
  /** Whether it is a finger that is inside, which hides what is beside it. */
  #isTouched = false;
  /** What the axis showed before two fingers began to move. */
  #unpinched: Range | null = null;
  #touches = new AbortController();
  #marked: string | null = null;
  readonly #unsubscribe: () => void;

  constructor(box: HTMLElement, handlers: Handlers) {
    this.#box = box;
    this.#handlers = handlers;
    this.#unsubscribe = hoveredRun.subscribe(() => this.#mark());
  }

  /** Draws other curves, or the same ones otherwise. */
  update(model: PlotModel): void {
    const before = this.#model;
    this.#model = model;
    if (before?.curves !== model.curves || before.ghosts !== model.ghosts) this.#byId = null;
    const isSameAxes = before && before.unit === model.unit && before.logX === model.logX && before.logY === model.logY;
    if (!this.#plot || !isSameAxes) this.#build(model);
    else {
      const plot = this.#plot;
      plot.batch(() => {
        plot.setData([model.x, [null, null]] as uPlot.AlignedData, false);
        plot.setScale("x", { min: model.x[0], max: model.x[1] });
        plot.setScale("y", { min: model.y[0], max: model.y[1] });
      });
    }
    onFrame(this, () => this.#paint());
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#box;
    if (!this.#plot || !width || !height) return;
    this.#plot.setSize({ width, height });
    onFrame(this, () => this.#paint());
  }

  /** Draws all again, as after a change of colours. */
  repaint(): void {
    if (!this.#model) return;
    this.#build(this.#model);
    onFrame(this, () => this.#paint());
  }

  destroy(): void {
    this.#unsubscribe();
    forget(this);
    this.#leave();
    this.#touches.abort();
    this.#plot?.destroy();
    this.#plot = null;
  }

  #build(model: PlotModel): void {
    this.#plot?.destroy();
    this.#touches.abort();
    this.#touches = new AbortController();
    const style = getComputedStyle(this.#box);
    const [text, line] = [style.getPropertyValue("--text-quiet"), style.getPropertyValue("--line")];
    const { clientWidth: width, clientHeight: height } = this.#box;
    let marks: Ticks = { places: [], labels: [] };
    const axis = (most: (plot: uPlot) => number, range: () => Range, unit: () => Unit, log: () => boolean): uPlot.Axis => ({
      stroke: text,
      font: FONT,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      splits: (plot) => (marks = makeTicks(range(), most(plot), unit(), log())).places,
      values: () => marks.labels,
      filter: (_, splits) => splits,
    });
    const [x, y] = [
      axis((plot) => plot.width / (this.#model!.unit === "moment" ? 104 : 72), () => this.#model!.x, () => this.#model!.unit, () => this.#model!.logX),
      axis((plot) => plot.height / 30, () => this.#model!.y, () => "number", () => this.#model!.logY),
    ];
    const plot = new uPlot(
      {
        width: Math.max(width, 40),
        height: Math.max(height, 40),
        legend: { show: false },
        padding: [8, 12, 0, 0],
        series: [{}, { show: true, points: { show: false } }],
        scales: {
          x: { time: false, auto: false, distr: model.logX ? 3 : 1, range: () => this.#model!.x },
          y: { auto: false, distr: model.logY ? 3 : 1, range: () => this.#model!.y },
        },
        axes: [
          { ...x, size: 24, gap: 4 },
          { ...y, gap: 6, size: (_, labels) => 14 + 6.2 * Math.max(3, ...(labels ?? []).map((label) => label.length)) },
        ],
        cursor: {
          points: { show: false },
          y: false,
          drag: { x: true, y: false, setScale: false, dist: 6 },
          sync: {
            key: `curves ${model.unit} ${model.place}`,
            scales: ["x", null],
            filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
          },
          bind: {
            dblclick: () => () => {
              this.#handlers.onZoom(undefined);
              return null;
            },
          },
        },
        hooks: {
          setCursor: [() => onFrame(this.#one, () => this.#follow())],
          setSelect: [(plot) => this.#select(plot)],
        },
      },
      [model.x, [null, null]] as uPlot.AlignedData,
      this.#box,
    );
    this.#plot = plot;
    plot.over.prepend(this.#all, this.#one);
    plot.over.addEventListener("pointerenter", ({ pointerType }) => pointerType !== "touch" && this.#enter(false));
    plot.over.addEventListener("pointerleave", ({ pointerType }) => pointerType !== "touch" && this.#leave());
    followTouches(
      plot.over,
      {
        onPlace: (left, top) => {
          this.#enter(true);
          plot.setCursor({ left, top });
        },
        onPinch: (from, to) => this.#pinch(from, to),
        onPinchEnd: () => this.#unpinch(),
        onAway: () => this.#isTouched && this.#leave(),
      },
      this.#touches.signal,
    );
    plot.over.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #projection(): Projection | null {
    const [plot, model] = [this.#plot, this.#model];
    if (!plot || !model) return null;
    const { clientWidth: width, clientHeight: height } = plot.over;
    return width && height ? project(model.x, model.y, width, height, model.logX, model.logY) : null;
  }

  #paint(): void {
    const projection = this.#projection();
    if (!projection) return;
    const { curves, ghosts } = this.#model!;
    const context = clear(this.#all, projection);
    const mayDot = curves.length <= 50;
    const band = bandOpacity(curves.length);
    for (const ghost of ghosts) paintCurve(context, ghost, projection, { width: 1, opacity: 0.22, band: 0, dots: false });
    const width = curves.length > 300 ? 1 : curves.length > 60 ? 1.25 : 1.5;
    // The first runs of the table are on top.
    for (const curve of curves.toReversed()) paintCurve(context, curve, projection, { width, opacity: 1, band, dots: mayDot && isSparse(curve, projection) });
    this.#marked = null;
    this.#mark();
  }

  /** Draws the run under the pointer above the others, which fade. */
  #mark(): void {
    const id = hoveredRun.get();
    if (id === this.#marked) return;
    const projection = this.#projection();
    if (!projection) return;
    this.#marked = id;
    const curve = id === null ? undefined : this.#curve(id);
    const context = clear(this.#one, projection);
    this.#all.style.opacity = curve ? "0.25" : "1";
    if (curve) paintCurve(context, curve, projection, { width: 2.25, opacity: 1, band: bandOpacity(1), dots: isSparse(curve, projection) });
    if (!this.#isInside) onFrame(this.#one, () => this.#follow());
  }

  #curve(id: string): Curve | undefined {
    this.#byId ??= new Map([...this.#model!.ghosts, ...this.#model!.curves].map((curve) => [curve.id, curve]));
    return this.#byId.get(id) ?? this.#byId.get(this.#model!.groups.get(id) ?? "");
  }

  /** Goes after the pointer: here, finds the nearest runs; in the other charts, says their run's value. */
  #follow(): void {
    const [plot, model] = [this.#plot, this.#model];
    if (!plot || !model) return;
    const { left = -1, top = -1 } = plot.cursor;
    const projection = this.#projection();
    const at = plot.posToVal(left, "x");
    if (left < 0 || !projection || this.#isInside) {
      this.#handlers.onValue(null, "");
      if (this.#isInside && projection) this.#read(at, left, top, projection);
      return;
    }
    const id = hoveredRun.get();
    const curve = id === null ? undefined : this.#curve(id);
    const value = curve ? valueAt(curve, at) : NaN;
    this.#handlers.onValue(curve ?? null, Number.isFinite(value) ? formatNumber(value) : "");
  }

  #read(at: number, left: number, top: number, projection: Projection): void {
    const { curves, place, unit } = this.#model!;
    const near = nearestCurves(curves, { ...projection, x: at, left, top, reach: Infinity }, MOST_ROWS);
    const first = near[0];
    hoveredRun.set(first && first.distance <= REACH ? first.curve.id : null);
    if (!first) {
      hideReadout();
      return;
    }
    const x = first.curve.x[first.index]!;
    const said = near.map(({ curve }) => [curve, nearestIndex(curve.x, x)] as const);
    const format = columnFormat(said.map(([{ y }, index]) => y[index]!));
    const rows = said.map(([curve, index]) => readoutRow(curve, index, format));
    const corner = this.#plot!.over.getBoundingClientRect();
    const note = curves.length > MOST_ROWS ? `nearest of ${formatNumber(curves.length)}` : "";
    const around = this.#isTouched ? corner : undefined;
    showReadout(`${place} ${formatPlace(x, unit)}`.trim(), rows, corner.left + left, corner.top + top, note, around);
  }

  #enter(isTouched: boolean): void {
    this.#isInside = true;
    this.#isTouched = isTouched;
  }

  #leave(): void {
    if (!this.#isInside) return;
    this.#isInside = false;
    hoveredRun.set(null);
    hideReadout();
  }

  #select(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 6) return;
    const zoom: Range = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#handlers.onZoom(zoom);
  }

  /** Draws what two fingers zoom to; others are told when the fingers rest. */
  #pinch(from: Fingers, to: Fingers): void {
    const [plot, model] = [this.#plot, this.#model];
    if (!plot || !model) return;
    this.#unpinched ??= model.x;
    this.update({ ...model, x: pinchedRange(this.#unpinched, from, to, plot.over.clientWidth, model.logX) });
  }

  #unpinch(): void {
    if (this.#unpinched && this.#model) this.#handlers.onZoom(this.#model.x);
    this.#unpinched = null;
  }

  /** Zooms around the pointer with Ctrl, moves with Shift; the bare wheel scrolls the page. */
  #wheel(event: WheelEvent): void {
    const [plot, model] = [this.#plot, this.#model];
    if (!plot || !model || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    const width = plot.over.clientWidth;
    const left = event.clientX - plot.over.getBoundingClientRect().left;
    const way = event.deltaY || event.deltaX;
    const [from, to] = event.shiftKey
      ? [(way / 300) * width, width + (way / 300) * width]
      : [left - left * 1.0015 ** way, left + (width - left) * 1.0015 ** way];
    this.#handlers.onZoom([plot.posToVal(from, "x"), plot.posToVal(to, "x")]);
  }
}

function readoutRow({ color, name, y, raw, band, members }: Curve, index: number, format: (value: number) => string): ReadoutRow {
  const row: ReadoutRow = { color, name, value: format(y[index]!) };
  if (band) row.more = `${format(band.low[index]!)} to ${format(band.high[index]!)}, ${members} ${members === 1 ? "run" : "runs"}`;
  else if (raw) row.more = format(raw[index]!);
  return row;
}

function layer(): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = `position: absolute; inset: -${MARGIN}px; pointer-events: none; transition: opacity 80ms`;
  return canvas;
}

function clear(canvas: HTMLCanvasElement, { width, height }: Projection): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round((width + 2 * MARGIN) * ratio);
  canvas.height = Math.round((height + 2 * MARGIN) * ratio);
  canvas.style.width = `${width + 2 * MARGIN}px`;
  canvas.style.height = `${height + 2 * MARGIN}px`;
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  context.translate(MARGIN, MARGIN);
  context.lineJoin = "bevel";
  return context;
}
