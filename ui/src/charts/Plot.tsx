import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { hoveredRun } from "@/data/focus";
import { type EChartsType, init } from "./echarts";
import { onFrame } from "./frames";
import { type PlotPoint, type PlotStyle, parallelOption, scatterOption } from "./plots";

interface PlotProps {
  kind: "scatter" | "parallel";
  title: string;
  points: readonly PlotPoint[];
  columns: readonly string[];
  onRun: (id: string) => void;
}

/** A plot of runs as ECharts draws it: a point or a line for each run, whose colour is the run's. */
export default function Plot({ kind, title, points, columns, onRun }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const scheme = useComputedColorScheme();
  const latest = useRef({ points, onRun });
  latest.current = { points, onRun };

  useEffect(() => {
    const made = init(box.current!, null, { renderer: "canvas" });
    chart.current = made;
    const runOf = (event: { dataIndex?: number }): string | null => latest.current.points[event.dataIndex ?? -1]?.id ?? null;
    made.on("mouseover", (event) => hoveredRun.set(runOf(event)));
    made.on("mouseout", () => hoveredRun.set(null));
    made.on("click", (event) => {
      const id = runOf(event);
      if (id) latest.current.onRun(id);
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
    const draw = (): void => chart.current?.setOption(plotOption(kind, points, columns, hoveredRun.get()), { notMerge: false });
    chart.current!.setOption(plotOption(kind, points, columns, hoveredRun.get()), { notMerge: true });
    return hoveredRun.subscribe(() => onFrame(chart, draw));
  }, [kind, points, columns, scheme]);

  return <div ref={box} role="img" aria-label={`${title}: ${points.length} runs`} style={{ position: "absolute", inset: 0 }} />;
}

function plotOption(kind: PlotProps["kind"], points: readonly PlotPoint[], columns: readonly string[], hovered: string | null) {
  const style = plotStyle();
  return kind === "scatter" ? scatterOption(points, columns as [string, string], style, hovered) : parallelOption(points, columns, style, hovered);
}

function plotStyle(): PlotStyle {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return { text: read("--text"), quiet: read("--text-quiet"), line: read("--line"), ground: read("--ground-high") };
}

/** Returns a plot as an SVG document. */
export function drawPlot(kind: PlotProps["kind"], points: readonly PlotPoint[], columns: readonly string[]): string {
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--ground").trim();
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 800, height: 450 });
  chart.setOption({ ...plotOption(kind, points, columns, null), backgroundColor: ground });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
