/** What each panel of a plot of runs gets. */

import type { ChartKey, PlotKey } from "./chart-keys";
import type { ChartRun } from "./runs";
import type { Spread } from "./state";

export interface PlotPanelProps<K extends PlotKey["kind"] = PlotKey["kind"]> {
  chart: Extract<PlotKey, { kind: K }>;
  onChart: (chart: ChartKey) => void;
  /** Adds another chart. */
  onAdd: (chart: ChartKey) => void;
  experimentIds: readonly string[];
  runs: readonly ChartRun[];
  metrics: readonly string[];
  /** Params that differ. */
  columns: readonly string[];
  /** Tags that differ. */
  tags: readonly string[];
  /** How far the values of a group are shown around their mean. */
  spread: Spread;
  isFocused: boolean;
  onFocus: () => void;
  onRemove?: (() => void) | undefined;
}

/** Takes from a panel's fields those of its card. */
export function cardOf({ isFocused, onFocus, onRemove }: Pick<PlotPanelProps, "isFocused" | "onFocus" | "onRemove">) {
  return { isFocused, onFocus, onRemove };
}
