import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { hoveredRun } from "@/data/focus";
import { type EChartsType, init } from "./echarts";
import { onFrame } from "./frames";
import type { Marking, PlotDrawing, PlotStyle } from "./plots";

interface PlotProps {
  /** What it shows, in words. */
  label: string;
  /** Must be the same one as long as nothing of it changes. */
  drawing: PlotDrawing;
  onRun: (id: string) => void;
}

/** A plot of runs as ECharts draws it: a point or a line for each run, whose colour is the run's. */
export default function Plot({ label, drawing, onRun }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const scheme = useComputedColorScheme();
  const latest = useRef(onRun);
  latest.current = onRun;

  useEffect(() => {
    const made = init(box.current!, null, { renderer: "canvas" });
    chart.current = made;
    made.on("mouseover", (event) => hoveredRun.set(runOf(event)));
    made.on("mouseout", () => hoveredRun.set(null));
    made.on("click", (event) => {
      const id = runOf(event);
      if (id) latest.current(id);
    });
    const observer = new ResizeObserver(() => made.resize());
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

  return <div ref={box} role="img" aria-label={label} style={{ position: "absolute", inset: 0 }} />;
}

function runOf({ data }: { data?: unknown }): string | null {
  return (data as { run?: string } | undefined)?.run ?? null;
}

function plotOption(drawing: PlotDrawing, style: PlotStyle, hovered: string | null) {
  const { series = [], ...frame } = drawing.frame(style);
  return { animation: false, ...frame, series: [...series, runSeries(drawing, style, hovered)] };
}

function runSeries(drawing: PlotDrawing, style: PlotStyle, hovered: string | null): object {
  const isMarked: Marking = hovered === null ? null : ({ id, group }) => (id === hovered ? "run" : group === hovered ? "group" : null);
  return { id: "runs", ...drawing.runs(style, isMarked) };
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
