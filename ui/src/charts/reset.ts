/** The way back to charts that arrange themselves. */

import { notify } from "@/app/notices";
import { layoutOf, resetLayout } from "./changes";
import type { ChangeCharts, ChartState } from "./state";

/** Resets the layout, with a notice that takes it back. */
export function resetCharts(state: ChartState, change: ChangeCharts): void {
  const before = layoutOf(state);
  change(resetLayout(state));
  notify("The charts arrange themselves again.", { action: { label: "Undo", run: () => change(before) } });
}
