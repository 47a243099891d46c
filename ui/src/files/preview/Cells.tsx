import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import classes from "./preview.module.css";

interface CellsProps {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

const HEIGHT = 26;
const LETTER = 7.6;

/** A table of texts, of which only the rows in sight are drawn. */
export function Cells({ head, rows }: CellsProps) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => HEIGHT, overscan: 20 });
  const widths = useMemo(
    () =>
      head.map((name, column) => {
        const longest = rows.slice(0, 100).reduce((most, row) => Math.max(most, row[column]?.length ?? 0), name.length);
        return Math.min(320, Math.max(64, longest * LETTER + 28));
      }),
    [head, rows],
  );
  return (
    <div ref={box} className={classes.grid} tabIndex={0} role="table" aria-label="Content" aria-rowcount={rows.length + 1}>
      <div role="row" className={classes.headRow}>
        {head.map((name, column) => (
          <div key={column} role="columnheader" className={classes.cell} style={{ width: widths[column] }} title={name}>
            {name}
          </div>
        ))}
      </div>
      <div className={classes.cells} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <div key={index} role="row" aria-rowindex={index + 2} className={classes.row} style={{ transform: `translateY(${start}px)` }}>
            {head.map((_, column) => (
              <div key={column} role="cell" className={classes.cell} style={{ width: widths[column] }} title={rows[index]![column]}>
                {rows[index]![column]}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
