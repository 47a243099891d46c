import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { isArranged } from "./changes";
import classes from "./LayoutSettings.module.css";
import { resetCharts } from "./reset";
import type { ChangeCharts, ChartState } from "./state";

const AUTOMATIC = "auto";

const COLUMNS = [AUTOMATIC, "1", "2", "3", "4", "6"].map((value) => ({ value, label: value === AUTOMATIC ? "Auto" : value }));

const HEIGHTS = [
  { value: AUTOMATIC, label: "Auto" },
  { value: "160", label: "Low" },
  { value: "280", label: "Medium" },
  { value: "420", label: "High" },
];

interface LayoutSettingsProps {
  state: ChartState;
  change: ChangeCharts;
  onClose: () => void;
}

/** How many charts stand side by side, how high they are, and the way back to charts that arrange themselves. */
export default function LayoutSettings({ state, change, onClose }: LayoutSettingsProps) {
  const { chartColumns, chartHeight, hiddenCharts = [] } = state;
  const numberOf = (value: string): number | undefined => (value === AUTOMATIC ? undefined : Number(value));
  const reset = (): void => {
    resetCharts(state, change);
    onClose();
  };
  return (
    <div className={classes.settings}>
      <div className={classes.field}>
        <span>Charts side by side</span>
        <SegmentedControl
          fullWidth
          aria-label="Charts side by side"
          data={COLUMNS}
          value={String(chartColumns ?? AUTOMATIC)}
          onChange={(value) => change({ chartColumns: numberOf(value) })}
        />
      </div>
      <div className={classes.field}>
        <span>Height</span>
        <SegmentedControl fullWidth aria-label="Height" data={HEIGHTS} value={String(chartHeight ?? AUTOMATIC)} onChange={(value) => change({ chartHeight: numberOf(value) })} />
      </div>
      <NewSection
        onName={(name) => {
          const before = (state.sections ?? []).find((section) => section.name === name);
          const others = (state.sections ?? []).filter((section) => section !== before);
          change({ sections: [{ name, charts: before?.charts ?? [] }, ...others] });
          onClose();
        }}
      />
      {hiddenCharts.length > 0 && (
        <Button variant="default" fullWidth onClick={() => change({ hiddenCharts: undefined })}>
          Show {hiddenCharts.length} hidden {hiddenCharts.length === 1 ? "chart" : "charts"}
        </Button>
      )}
      <Button variant="default" fullWidth disabled={!isArranged(state)} onClick={reset}>
        Reset to the automatic layout
      </Button>
    </div>
  );
}

function NewSection({ onName }: { onName: (name: string) => void }) {
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name) onName(name);
  };
  return (
    <form className={classes.section} onSubmit={submit}>
      <TextInput aria-label="Name of a new section" placeholder="New section" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <Button type="submit" variant="default" disabled={!name}>
        Create
      </Button>
    </form>
  );
}
