import { useId } from "react";
import { useNarrow } from "@/data/window";
import classes from "./Layouts.module.css";

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
  const name = useId();
  const choose = (value: Layout): void => onLayout(value === (isNarrow ? "table" : "split") ? undefined : value);
  return (
    // Mantine's measures itself while the first page is drawn, which makes the browser lay out that page once more.
    <div className={classes.layouts} role="radiogroup" aria-label="Layout">
      {LAYOUTS.filter(({ value }) => value !== "split" || !isNarrow).map(({ value, label }) => (
        <label key={value}>
          <input type="radio" name={name} checked={value === layout} onChange={() => choose(value)} />
          {label}
        </label>
      ))}
    </div>
  );
}
