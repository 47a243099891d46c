import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { hoveredRun } from "@/data/focus";
import { useStore } from "@/data/store";
import { Said } from "@/components/Said";
import { type EChartsType, init } from "./echarts";
import { onFrame } from "./frames";
import { useOpenRun } from "./open-run";
import classes from "./Plot.module.css";
import { type Marking, PARALLEL, type PlotDrawing, type PlotStyle } from "./plots";
import { type Cursor, walkOn } from "./walk";

interface PlotProps {
  /** What it shows, in words. */
  label: string;
  /** Must be the same one as long as nothing of it changes. */
  drawing: PlotDrawing;
}

/** A plot of runs as ECharts draws it: a point or a line for each run, whose colour is the run's. Arrow keys go from run to run. */
export default function Plot({ label, drawing }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const scheme = useComputedColorScheme();
  const open = useOpenRun();
  const latest = useRef(open);
  latest.current = open;
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [spot, setSpot] = useState<Spot | null>(null);
  const [size, setSize] = useState("");

  useEffect(() => {
    const made = init(box.current!, null, { renderer: "canvas" });
    chart.current = made;
    made.on("mouseover", (event) => hoveredRun.set(runOf(event)));
    made.on("mouseout", () => hoveredRun.set(null));
    made.on("click", (event) => {
      const id = runOf(event);
      if (id) latest.current(id);
    });
    const observer = new ResizeObserver(() => {
      made.resize();
      setSize(`${made.getWidth()} ${made.getHeight()}`);
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const style = plotStyle(scheme);
    const draw = (): void => chart.current?.setOption({ series: [runSeries(drawing, style, hoveredRun.get())] });
    chart.current!.setOption(plotOption(drawing, style, hoveredRun.get()), { notMerge: true });
    return hoveredRun.subscribe(() => onFrame(chart, draw));
  }, [drawing, scheme]);

  useEffect(() => setSpot(cursor && spotOf(chart.current!, drawing, cursor)), [cursor, drawing, size]);

  const go = (key: string): boolean => {
    const next = walkOn(drawing.walk, cursor, key);
    if (!next) return false;
    setCursor(next);
    hoveredRun.set(next.id);
    return true;
  };
  const leave = (): void => {
    if (cursor && hoveredRun.get() === cursor.id) hoveredRun.set(null);
    setCursor(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && cursor) open(cursor.id);
    else if (event.key === "Escape" && cursor) leave();
    else if (!go(event.key)) return;
    event.preventDefault();
  };
  return (
    <div
      className={classes.plot}
      role="application"
      aria-label={`${label}. Arrow keys go from run to run, Enter opens one.`}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the arrow keys go here
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        if (event.target.matches(":focus-visible")) go("Home");
      }}
      onBlur={leave}
    >
      <div ref={box} role="img" aria-label={label} className={classes.canvas} />
      <Reading lines={cursor ? drawing.linesOf(cursor.id) : NONE} id={cursor?.id} spot={spot} />
    </div>
  );
}

const NONE: readonly string[] = [];

/** Where a run is drawn, in pixels of the plot. */
interface Spot {
  x: number;
  y: number;
  /** Whether there is a point; a line is seen by itself. */
  isPoint: boolean;
  /** Where there is more room, for what is told of the run. */
  isLeft: boolean;
  isAbove: boolean;
}

function spotOf(chart: EChartsType, { walk }: PlotDrawing, { id, axis }: Cursor): Spot | null {
  const stop = walk.stops.find((one) => one.id === id);
  if (!stop) return null;
  const [width, height] = [chart.getWidth(), chart.getHeight()];
  if (walk.kind === "axes") {
    const x = PARALLEL.left + ((width - PARALLEL.left - PARALLEL.right) * axis) / Math.max(1, stop.value.length - 1);
    return { x, y: PARALLEL.top, isPoint: false, isLeft: x > width / 2, isAbove: false };
  }
  const [x, y] = chart.convertToPixel({ seriesId: RUNS }, [...stop.value]) as [number, number];
  return { x, y, isPoint: true, isLeft: x > width / 2, isAbove: y > height / 2 };
}

/** What is told of the run that has the keys: beside it, and to those who do not see it. */
function Reading({ id, lines, spot }: { id: string | undefined; lines: readonly string[]; spot: Spot | null }) {
  // Where the pointer is on another run, that one is told of.
  const isShown = useStore(hoveredRun, (hovered) => hovered === id);
  return (
    <>
      {spot && isShown && lines.length > 0 && (
        <div aria-hidden style={{ position: "absolute", translate: `${spot.x}px ${spot.y}px` }}>
          {spot.isPoint && <i className={classes.ring} />}
          <div className={classes.tip} data-left={spot.isLeft || undefined} data-above={spot.isAbove || undefined}>
            {lines.map((line, at) => (
              <div key={at}>{line}</div>
            ))}
          </div>
        </div>
      )}
      <Said>
        {lines.join(", ")}
      </Said>
    </>
  );
}

/** Id of the series of runs. */
const RUNS = "runs";

function runOf({ data }: { data?: unknown }): string | null {
  return (data as { run?: string } | undefined)?.run ?? null;
}

function plotOption(drawing: PlotDrawing, style: PlotStyle, hovered: string | null) {
  const { series = [], ...frame } = drawing.frame(style);
  return { animation: false, ...frame, series: [...series, runSeries(drawing, style, hovered)] };
}

function runSeries(drawing: PlotDrawing, style: PlotStyle, hovered: string | null): object {
  const isMarked: Marking = hovered === null ? null : ({ id, group }) => (id === hovered ? "run" : group === hovered ? "group" : null);
  return { id: RUNS, ...drawing.runs(style, isMarked) };
}

function plotStyle(scheme: "light" | "dark"): PlotStyle {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return { scheme, text: read("--text"), quiet: read("--text-quiet"), line: read("--line"), ground: read("--ground-high"), hover: read("--ground-hover") };
}

/** Returns a plot as an SVG document. */
export function drawPlot(drawing: PlotDrawing, scheme: "light" | "dark"): string {
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--ground").trim();
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 800, height: 450 });
  chart.setOption({ ...plotOption(drawing, plotStyle(scheme), null), backgroundColor: ground });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
