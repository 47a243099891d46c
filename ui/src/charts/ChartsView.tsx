import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { lazy, type ReactNode, Suspense, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useActions } from "@/app/actions";
import { Empty } from "@/components/Empty";
import type { ImageKey } from "@/api/types";
import { formatCount } from "@/data/numbers";
import { type ChartKey, chartKeyText, parseChartKey } from "./chart-keys";
import { ChartsToolbar } from "./ChartsToolbar";
import classes from "./ChartsView.module.css";
import { useImageKeys } from "./images/reading";
import { layOut, type LayoutRow, type Section } from "./layout";
import { MetricPanel } from "./MetricPanel";
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
  state: ChartState;
  change: ChangeCharts;
  /** What stands in the second line: how many runs, groups, a legend. */
  children?: ReactNode;
  /** What stands below the toolbar if there are no metrics. */
  empty?: ReactNode;
}

const LEAST_WIDTH = 256;
const GAP = 12;
const PADDING = 16;
const HEADER = 36;
const IMAGES_HEIGHT = 264;
const NONE: readonly string[] = [];

/** Charts of runs: a toolbar, and below it a chart for each metric, drawn when it comes into view. */
export function ChartsView({ state, change, children, empty, ...given }: ChartsViewProps) {
  const images = useImageKeys(given.experimentIds, given.runs);
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
        <Charts state={shown} change={change} {...drawn} />
      )}
    </div>
  );
}

type Drawn = Omit<ChartsViewProps, "children" | "empty"> & { images: readonly ImageKey[] };

function FocusedChart({ chart, ...drawn }: Drawn & { chart: ChartKey }) {
  const [box, width] = useWidth();
  return (
    <div ref={box} className={classes.focus}>
      {width > 0 && <Chart chart={chart} width={width} isFocused {...drawn} />}
    </div>
  );
}

function Charts(props: Drawn) {
  const { metrics, images, state, change } = props;
  const imageKeys = useMemo(() => images.map(({ key }) => key), [images]);
  const [box, width] = useWidth();
  const room = width - 2 * PADDING;
  const fitting = Math.max(1, Math.floor((room + GAP) / (LEAST_WIDTH + GAP)));
  const most = Math.max(1, Math.min(fitting, metrics.length + (state.charts?.length ?? 0)));
  const cardWidth = (room + GAP) / most - GAP;
  const cardHeight = Math.round(Math.min(340, Math.max(220, cardWidth * 0.62)));
  const { find = "", charts: added, toggled } = state;
  const rows = useMemo(() => layOut({ metrics, images: imageKeys, added: added ?? [], find, toggled: toggled ?? [], columns: most }), [metrics, imageKeys, added, find, toggled, most]);
  const virtual = useVirtualizer({
    count: width ? rows.length : 0,
    getScrollElement: () => box.current,
    estimateSize: (index) => ({ heads: HEADER, charts: cardHeight + GAP, wide: IMAGES_HEIGHT + GAP })[rows[index]!.kind],
    overscan: 1,
    getItemKey: (index) => rowKey(rows[index]!),
  });
  useEffect(() => virtual.measure(), [rows, cardHeight, virtual]);
  const grid = { gridTemplateColumns: `repeat(${most}, minmax(0, 1fr))` };
  const toggle = (name: string): void => {
    const now = toggled ?? [];
    const next = now.includes(name) ? now.filter((one) => one !== name) : [...now, name];
    change({ toggled: next.length ? next : undefined });
  };
  return (
    <div ref={box} className={classes.scroll} tabIndex={-1}>
      {width > 0 && !rows.length && (
        <Empty title="No chart has these words in its name">
          <p>{formatCount(metrics.length)} metrics have a chart.</p>
          <Button variant="default" onClick={() => change({ find: undefined })}>
            Show all of them
          </Button>
        </Empty>
      )}
      <div className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index]!;
          return (
            <div key={key} className={classes.row} style={{ transform: `translateY(${start}px)` }}>
              {row.kind === "heads" ? (
                <div className={classes.charts} style={grid}>
                  {row.sections.map((section) => (
                    <SectionHead key={section.name} section={section} columns={most} onToggle={() => toggle(section.name)} />
                  ))}
                </div>
              ) : row.kind === "wide" ? (
                <div style={{ height: IMAGES_HEIGHT }}>
                  <Chart {...props} chart={row.chart} width={room} isFocused={false} />
                </div>
              ) : (
                <div className={classes.charts} style={{ ...grid, height: cardHeight }}>
                  {row.charts.map((chart) => (
                    <Chart key={chartKeyText(chart)} {...props} chart={chart} width={cardWidth} isFocused={false} />
                  ))}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function SectionHead({ section: { name, count, isOpen }, columns, onToggle }: { section: Section; columns: number; onToggle: () => void }) {
  const Arrow = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <h2 className={classes.section} style={{ gridColumn: `span ${Math.min(count, columns)}` }}>
      <button type="button" aria-expanded={isOpen} onClick={onToggle}>
        <Arrow size={14} />
        {name}
        <span>{formatCount(count)}</span>
      </button>
    </h2>
  );
}

interface ChartProps extends Drawn {
  chart: ChartKey;
  width: number;
  isFocused: boolean;
}

function Chart({ chart, experimentIds, runs, metrics, images, columns, tags = NONE, state, change, width, isFocused }: ChartProps) {
  const text = chartKeyText(chart);
  const added = state.charts ?? [];
  const isAdded = added.includes(text);
  const card = {
    isFocused,
    onFocus: () => change({ focus: isFocused ? undefined : text }, false),
    onPin: isAdded ? undefined : () => change({ charts: [text, ...added] }),
    onRemove: isAdded
      ? () => {
          const rest = added.filter((one) => one !== text);
          change({ charts: rest.length ? rest : undefined, ...(isFocused ? { focus: undefined } : {}) });
        }
      : undefined,
  };
  if (chart.kind === "metric") {
    return <MetricPanel metric={chart.metric} runs={runs} state={state} change={change} width={width} isNamedWhole={isAdded} {...card} />;
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
          height={isFocused ? undefined : IMAGES_HEIGHT}
          {...card}
        />
      </Suspense>
    );
  }
  const replace = (next: ChartKey): void => {
    const name = chartKeyText(next);
    change({ charts: added.map((one) => (one === text ? name : one)), ...(isFocused ? { focus: name } : {}) });
  };
  const add = (next: ChartKey): void => {
    const name = chartKeyText(next);
    change({ charts: [name, ...added.filter((one) => one !== name)], focus: undefined });
  };
  const drawn = { experimentIds, runs, metrics, columns, tags, spread: state.spread ?? "range" };
  return (
    <Suspense fallback={null}>
      <PlotPanel chart={chart} onChart={replace} onAdd={add} {...drawn} {...card} />
    </Suspense>
  );
}

function rowKey(row: LayoutRow): string {
  if (row.kind === "wide") return chartKeyText(row.chart);
  return row.kind === "heads" ? `heads ${row.sections.map(({ name }) => name).join(" ")}` : row.charts.map(chartKeyText).join(" ");
}

/** Returns a box and the pixels of its width within, 0 until they are known. */
function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

