import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { formatNumber } from "@/data/numbers";
import classes from "./CurveChart.module.css";
import { CurvePlot } from "./curve-plot";
import type { Curve } from "./curves";
import { type Range, xRange, yRange } from "./ranges";
import type { XAxis } from "./state";
import type { Unit } from "./ticks";

interface CurveChartProps {
  /** What the curves show: the name of the metric. */
  title: string;
  curves: readonly Curve[];
  /** Curves that are drawn faintly below the others: the runs of groups. */
  ghosts?: readonly Curve[];
  /** Names of the groups by the ids of their runs, where curves are groups. */
  groups?: ReadonlyMap<string, string>;
  axis: XAxis;
  logX?: boolean;
  logY?: boolean;
  /** Whether the lowest and the highest percent of the values are left out of the axis. */
  cut?: boolean;
  /** The part of the x axis that is shown; all of it if not given. */
  zoom?: Range | undefined;
  onZoom: (zoom: Range | undefined) => void;
}

export const UNITS: Record<XAxis, Unit> = { step: "count", time: "moment", relative: "seconds" };
export const AXIS_NAMES: Record<XAxis, string> = { step: "Step", time: "Time", relative: "Since start" };

const NONE: readonly Curve[] = [];
const NO_GROUPS: ReadonlyMap<string, string> = new Map();

/** Curves of any number of runs along one axis: hover, zoom by dragging, back by a double click. */
export function CurveChart({ title, curves, ghosts = NONE, groups = NO_GROUPS, axis, logX = false, logY = false, cut = false, zoom, onZoom }: CurveChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<CurvePlot | null>(null);
  const zoomed = useRef(onZoom);
  zoomed.current = onZoom;
  const [said, setSaid] = useState<{ curve: Curve; value: string } | null>(null);
  const scheme = useComputedColorScheme();
  const hasLogX = logX && axis !== "time"; // moments have no ratio
  const ranges = useMemo(() => chartRanges(curves, ghosts, { logX: hasLogX, logY, cut, zoom }), [curves, ghosts, hasLogX, logY, cut, zoom]);

  useEffect(() => {
    const made = new CurvePlot(box.current!, {
      onZoom: (range) => zoomed.current(range),
      onValue: (curve, value) => setSaid((before) => (curve && value ? (before?.curve === curve && before.value === value ? before : { curve, value }) : null)),
    });
    plot.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    plot.current!.update({ curves, ghosts, groups, ...ranges, unit: UNITS[axis], logX: hasLogX, logY, place: AXIS_NAMES[axis] });
  }, [curves, ghosts, groups, ranges, axis, hasLogX, logY]);

  const painted = useRef(scheme);
  useEffect(() => {
    if (painted.current !== scheme) plot.current!.repaint();
    painted.current = scheme;
  }, [scheme]);

  return (
    <div className={classes.chart}>
      <div ref={box} className={classes.plot} role="img" aria-label={describe(title, curves, axis, ranges)} />
      {axis === "step" && <span className={classes.axis}>Step</span>}
      {said && (
        <span className={classes.said} aria-hidden>
          <i style={{ background: said.curve.color }} />
          {said.value}
        </span>
      )}
    </div>
  );
}

interface RangeOptions {
  logX: boolean;
  logY: boolean;
  cut: boolean;
  zoom?: Range | undefined;
}

/** Returns what the axes show: all of the curves, or what is zoomed to. */
export function chartRanges(curves: readonly Curve[], ghosts: readonly Curve[], { logX, logY, cut, zoom }: RangeOptions): { x: Range; y: Range } {
  const drawn = [...curves, ...ghosts];
  let x = zoom ?? xRange(drawn, logX);
  if (x && logX && x[0] <= 0) x = [Math.min(xRange(drawn, true)?.[0] ?? 1, x[1] / 10), x[1]];
  x ??= logX ? [1, 10] : [0, 1];
  const y = yRange(drawn, { log: logY, cut, within: x }) ?? (logY ? [0.1, 1] : [0, 1]);
  return { x, y };
}

function describe(title: string, curves: readonly Curve[], axis: XAxis, { y }: { y: Range }): string {
  const names = curves.length === 1 ? curves[0]!.name : `${curves.length} curves`;
  return `${title} by ${AXIS_NAMES[axis].toLowerCase()}: ${names}, between ${formatNumber(y[0], 3)} and ${formatNumber(y[1], 3)}`;
}
