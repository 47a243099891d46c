import { lazy, type ReactNode, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import type { ImageKey } from "@/api/types";
import { useActions } from "@/app/actions";
import { sectionOf } from "./arrangement";
import { addChart, dropChart, isArranged, replaceChart } from "./changes";
import { ChartBoard, useWidth } from "./ChartBoard";
import { type ChartKey, chartKeyText, parseChartKey } from "./chart-keys";
import { ChartsToolbar } from "./ChartsToolbar";
import classes from "./ChartsView.module.css";
import { useImageKeys } from "./images/reading";
import { MetricPanel } from "./MetricPanel";
import { resetCharts } from "./reset";
import type { ChartRun } from "./runs";
import type { ChangeCharts, ChartState } from "./state";

const ImagesPanel = lazy(() => import("./images/ImagesPanel"));
const PlotPanel = lazy(() => import("./PlotPanel"));

export interface ChartsViewProps {
  /** The experiments that the runs are of. */
  experimentIds: readonly string[];
  /** Must be the same list as long as nothing of it changes. */
  runs: readonly ChartRun[];
  /** Names of the metrics that get a chart. */
  metrics: readonly string[];
  /** Columns that plots of runs can show besides: params that differ. */
  columns: readonly string[];
  /** Tags that differ. */
  tags?: readonly string[];
  /** Whether series of images have charts too (default: yes). */
  hasImages?: boolean;
  state: ChartState;
  change: ChangeCharts;
  /** What stands in the second line: how many runs, groups, a legend. */
  children?: ReactNode;
  /** What stands below the toolbar if there are no metrics. */
  empty?: ReactNode;
}

const NONE: readonly string[] = [];
const NO_RUNS: readonly ChartRun[] = [];

/** Charts of runs: a toolbar, and below it a chart for each metric, drawn when it comes into view. */
export function ChartsView({ state, change, children, empty, hasImages = true, ...given }: ChartsViewProps) {
  const images = useImageKeys(given.experimentIds, hasImages ? given.runs : NO_RUNS);
  const drawn = { ...given, images };
  // While the slider moves, the curves follow as fast as they can, and the URL is written when it rests.
  const [smoothing, setSmoothing] = useState<number | null>(null);
  const shown = useDeferredValue(useMemo(() => (smoothing === null ? state : { ...state, smooth: smoothing }), [state, smoothing]));
  const { focus, zoom } = state;
  useEffect(() => setSmoothing(null), [state.smooth]);
  const focused = focus === undefined ? null : parseChartKey(focus);
  useActions([
    { id: "charts.log", label: state.logY ? "Even scale of values" : "Logarithmic scale of values", section: "Charts", keys: "l", run: () => change({ logY: state.logY ? undefined : true }) },
    { id: "charts.cut", label: state.cut ? "Show outliers" : "Cut outliers", section: "Charts", run: () => change({ cut: state.cut ? undefined : true }) },
    ...(zoom ? [{ id: "charts.zoom", label: "Reset the zoom", section: "Charts", keys: "0", run: () => change({ zoom: undefined }) }] : []),
    ...(isArranged(state) ? [{ id: "charts.reset", label: "Reset the layout of the charts", section: "Charts", run: () => resetCharts(state, change) }] : []),
    ...(focused ? [{ id: "charts.back", label: "Back to all charts", section: "Charts", keys: "Escape", run: () => change({ focus: undefined }, false) }] : []),
  ]);
  return (
    <div className={classes.view}>
      <ChartsToolbar
        state={state}
        change={change}
        smoothing={smoothing ?? state.smooth ?? 0}
        onSmoothing={setSmoothing}
        metrics={drawn.metrics}
        columns={drawn.columns}
      />
      {children}
      {!drawn.runs.length || !(drawn.metrics.length || images.length) ? (
        <div className={classes.scroll}>{empty}</div>
      ) : focused ? (
        <FocusedChart chart={focused} state={shown} change={change} {...drawn} />
      ) : (
        <Charts live={state} state={shown} change={change} {...drawn} />
      )}
    </div>
  );
}

type Drawn = Omit<ChartsViewProps, "children" | "empty" | "hasImages"> & { images: readonly ImageKey[] };

function FocusedChart({ chart, ...drawn }: Drawn & { chart: ChartKey }) {
  const [box, width] = useWidth();
  return (
    <div ref={box} className={classes.focus}>
      {width > 0 && <Chart chart={chart} width={width} isFocused {...drawn} />}
    </div>
  );
}

function Charts({ live, ...props }: Drawn & { live: ChartState }) {
  const { experimentIds, runs, metrics, images, columns, tags, state, change } = props;
  const imageKeys = useMemo(() => images.map(({ key }) => key), [images]);
  const draw = useCallback(
    (chart: string, width: number, height: number) => {
      const key = parseChartKey(chart);
      return key && <Chart chart={key} width={width} height={height} isFocused={false} {...{ experimentIds, runs, metrics, images, columns, tags, state, change }} />;
    },
    [experimentIds, runs, metrics, images, columns, tags, state, change],
  );
  return <ChartBoard metrics={metrics} images={imageKeys} state={live} change={change} draw={draw} />;
}

interface ChartProps extends Drawn {
  chart: ChartKey;
  width: number;
  /** Pixels of the height; not given where it fills the page. */
  height?: number;
  isFocused: boolean;
}

function Chart({ chart, experimentIds, runs, metrics, images, columns, tags = NONE, state, change, width, height, isFocused }: ChartProps) {
  const text = chartKeyText(chart);
  const card = { isFocused, onFocus: () => change({ focus: isFocused ? undefined : text }, false) };
  if (chart.kind === "metric") {
    return <MetricPanel metric={chart.metric} runs={runs} state={state} change={change} width={width} isNamedWhole={isPut(state, text)} {...card} />;
  }
  if (chart.kind === "images") {
    const known = images.find(({ key }) => key === chart.key);
    return (
      <Suspense>
        <ImagesPanel
          imageKey={chart.key}
          known={known}
          experimentIds={experimentIds}
          runs={runs}
          state={state}
          change={change}
          width={width}
          height={height}
          {...card}
        />
      </Suspense>
    );
  }
  const add = (next: ChartKey): void => change(addChart(state, chartKeyText(next)));
  const drawn = { experimentIds, runs, metrics, columns, tags, spread: state.spread ?? "range" };
  return (
    <Suspense fallback={null}>
      <PlotPanel
        chart={chart}
        onChart={(next) => change(replaceChart(state, text, chartKeyText(next)))}
        onAdd={add}
        onRemove={() => change(dropChart(state, text))}
        {...drawn}
        {...card}
      />
    </Suspense>
  );
}

/** Returns whether a chart of a metric stands in another section than its own. */
function isPut({ charts = [], sections = [] }: ChartState, chart: string): boolean {
  const own = sectionOf(chart.slice("metrics.".length));
  return charts.includes(chart) || sections.some((section) => section.name !== own && section.charts?.includes(chart));
}
