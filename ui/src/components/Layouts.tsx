import { SegmentedControl } from "@mantine/core";
import { useNarrow } from "@/data/window";

/** What of a table and its charts is shown: one of them, or both side by side. */
export type Layout = "table" | "split" | "charts";

const LAYOUTS: readonly { value: Layout; label: string }[] = [
  { value: "table", label: "Table" },
  { value: "split", label: "Both" },
  { value: "charts", label: "Charts" },
];

/** Returns the layout that is shown for a wanted one: side by side needs room. */
export function useLayout(wanted: Layout = "split"): Layout {
  return useNarrow() && wanted === "split" ? "table" : wanted;
}

/** Chooses the layout; undefined stands for that at first, which a link need not name. */
export function LayoutSwitch({ layout, onLayout }: { layout: Layout; onLayout: (layout: Layout | undefined) => void }) {
  const isNarrow = useNarrow();
  return (
    <SegmentedControl
      aria-label="Layout"
      data={LAYOUTS.filter(({ value }) => value !== "split" || !isNarrow)}
      value={layout}
      onChange={(value) => onLayout(value === (isNarrow ? "table" : "split") ? undefined : (value as Layout))}
    />
  );
}
