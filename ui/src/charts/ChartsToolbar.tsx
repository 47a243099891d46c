import { ActionIcon, Button, Menu, NumberInput, Popover, SegmentedControl, Slider, Switch, TextInput, Tooltip } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconChartBar, IconChartCandle, IconChartDots, IconGrain, IconLayoutGrid, IconListNumbers, IconPlus, IconRipple, IconSearch, IconWaveSine, IconZoomReset } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { addChart } from "./changes";
import { type ChartKey, chartKeyText } from "./chart-keys";
import classes from "./ChartsToolbar.module.css";
import type { ChangeCharts, ChartState, XAxis } from "./state";

const LayoutSettings = lazy(() => import("./LayoutSettings"));

interface ChartsToolbarProps {
  state: ChartState;
  change: ChangeCharts;
  /** The smoothing that is shown, also while the slider moves. */
  smoothing: number;
  onSmoothing: (value: number) => void;
  metrics: readonly string[];
  columns: readonly string[];
}

const AXES = [
  { value: "step", label: "Step" },
  { value: "relative", label: "Since start" },
  { value: "time", label: "Time" },
];

/** So many columns parallel coordinates begin with. */
const MOST_COLUMNS = 6;

/** Charts of a metric of runs, and how each begins. */
const OF_METRIC: readonly [name: string, Icon: typeof IconRipple, make: (value: string, columns: readonly string[]) => ChartKey][] = [
  ["Bar chart", IconChartBar, (column) => ({ kind: "bar", column })],
  ["Box plot", IconChartCandle, (value, [by]) => (by === undefined ? { kind: "box", value } : { kind: "box", value, by })],
  ["Contour plot", IconRipple, (value) => ({ kind: "contour", value })],
  ["Parameter importance", IconListNumbers, (value) => ({ kind: "importance", value })],
];

/** How all charts of a panel are drawn. */
export function ChartsToolbar({ state, change, smoothing, onSmoothing, metrics, columns }: ChartsToolbarProps) {
  const { x = "step", zoom } = state;
  const add = (chart: string): void => change(addChart(state, chart));
  const best = metrics.find((metric) => !metric.startsWith("system/"));
  const addScatter = (): void => add(chartKeyText({ kind: "scatter", x: columns[0] ?? `metrics.${metrics[1] ?? best}`, y: `metrics.${best}` }));
  const addParallel = (): void => {
    const chosen = columns.slice(0, MOST_COLUMNS);
    const more = metrics.slice(0, chosen.length ? 1 : MOST_COLUMNS).map((metric) => `metrics.${metric}`);
    add(chartKeyText({ kind: "parallel", columns: [...chosen, ...more] }));
  };
  return (
    <div className={classes.toolbar} role="toolbar" aria-label="Charts">
      <FindInput value={state.find ?? ""} onChange={(find) => change({ find: find || undefined })} />
      <SegmentedControl
        aria-label="Horizontal axis"
        data={AXES}
        value={x}
        onChange={(value) => change({ x: value === "step" ? undefined : (value as XAxis), zoom: undefined })}
      />
      <label className={classes.smoothing} title={`Smoothing: ${smoothing.toFixed(2)}`}>
        <IconWaveSine className={classes.short!} size={15} aria-hidden />
        <span id="smoothing">Smoothing</span>
        <Slider
          className={classes.slider!}
          aria-labelledby="smoothing"
          thumbProps={{ "aria-labelledby": "smoothing" }}
          size={3}
          thumbSize={12}
          min={0}
          max={0.99}
          step={0.01}
          label={null}
          value={smoothing}
          onChange={onSmoothing}
          onChangeEnd={(value) => change({ smooth: value || undefined })}
        />
        <output className="number">{smoothing.toFixed(2)}</output>
      </label>
      <div className={classes.end}>
        {zoom && (
          <Tooltip label="Reset the zoom">
            <ActionIcon onClick={() => change({ zoom: undefined })} aria-label="Reset the zoom">
              <IconZoomReset size={15} />
            </ActionIcon>
          </Tooltip>
        )}
        <Settings state={state} change={change} />
        <LayoutButton state={state} change={change} />
        <Menu position="bottom-end">
          <Menu.Target>
            <Tooltip label="Add a chart">
              <ActionIcon aria-label="Add a chart">
                <IconPlus size={15} />
              </ActionIcon>
            </Tooltip>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconGrain size={14} />} disabled={!best} onClick={addScatter}>
              Scatter plot
            </Menu.Item>
            <Menu.Item leftSection={<IconChartDots size={14} />} disabled={columns.length + metrics.length < 2} onClick={addParallel}>
              Parallel coordinates
            </Menu.Item>
            {OF_METRIC.map(([name, Icon, make]) => (
              <Menu.Item key={name} leftSection={<Icon size={14} />} disabled={!best} onClick={() => add(chartKeyText(make(`metrics.${best}`, columns)))}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>
    </div>
  );
}

/** A field that filters while it is typed into, and writes the URL when the typing rests. */
function FindInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), 150);
    return () => clearTimeout(timer);
    // The handler is a new one at each render; only what is typed counts.
  }, [typed]);
  return (
    <TextInput
      className={classes.find!}
      aria-label="Find charts"
      placeholder="Find charts"
      leftSection={<IconSearch size={13} />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

function LayoutButton({ state, change }: { state: ChartState; change: ChangeCharts }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover position="bottom-end" width={264} trapFocus opened={isOpen} onChange={setOpen}>
      <Popover.Target>
        <Tooltip label="Arrange the charts" disabled={isOpen}>
          <ActionIcon aria-label="Arrange the charts" aria-haspopup="dialog" onClick={() => setOpen(!isOpen)}>
            <IconLayoutGrid size={15} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Arrange the charts">
        <Suspense>
          <LayoutSettings state={state} change={change} onClose={() => setOpen(false)} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

function Settings({ state, change }: { state: ChartState; change: ChangeCharts }) {
  const { logX = false, logY = false, cut = false, x = "step", zoom } = state;
  const [from, to] = zoom ?? [undefined, undefined];
  const setZoom = (next: [number | undefined, number | undefined]): void => {
    const [start, end] = next;
    if (start !== undefined && end !== undefined && start < end) change({ zoom: [start, end] });
  };
  return (
    <Popover position="bottom-end" width={264} trapFocus>
      <Popover.Target>
        <Tooltip label="Axes">
          <ActionIcon aria-label="Axes" aria-haspopup="dialog" data-active={logX || logY || cut || undefined}>
            <IconAdjustmentsHorizontal size={15} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown className={classes.settings!} aria-label="Axes">
        <Switch label="Logarithmic values" checked={logY} onChange={(event) => change({ logY: event.currentTarget.checked || undefined })} />
        <Switch
          label="Logarithmic horizontal axis"
          checked={logX}
          disabled={x === "time"}
          onChange={(event) => change({ logX: event.currentTarget.checked || undefined })}
        />
        <Switch
          label="Cut outliers: 1 % at each end"
          checked={cut}
          onChange={(event) => change({ cut: event.currentTarget.checked || undefined })}
        />
        {x !== "time" && (
          <div className={classes.range}>
            <NumberInput size="xs" label={x === "step" ? "First step" : "From, in s"} value={from ?? ""} onBlur={(event) => setZoom([read(event), to ?? Number.MAX_SAFE_INTEGER])} />
            <NumberInput size="xs" label={x === "step" ? "Last step" : "To, in s"} value={to ?? ""} onBlur={(event) => setZoom([from ?? 0, read(event)])} />
          </div>
        )}
        <Button variant="default" fullWidth disabled={!zoom} onClick={() => change({ zoom: undefined })}>
          Reset the zoom
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

function read(event: React.FocusEvent<HTMLInputElement>): number | undefined {
  const value = event.currentTarget.value.trim();
  return value === "" || !Number.isFinite(Number(value)) ? undefined : Number(value);
}
