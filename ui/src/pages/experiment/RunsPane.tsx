import { Button } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef } from "react";
import { Empty } from "@/components/Empty";
import { useNarrow } from "@/data/window";
import { RunsBar } from "./RunsBar";
import classes from "./RunsPane.module.css";
import { useExperimentState } from "./state";
import { layColumns, ROOMY } from "./table/columns";
import { FirstSteps } from "./table/FirstSteps";
import { useChosenColumns, useKeys } from "./table/keys";
import { RunsLine } from "./table/RunsLine";
import { RunsTable } from "./table/RunsTable";
import { SelectionBar } from "./table/SelectionBar";
import { useRowsVersion, useRunRows } from "./table/table-hooks";

const NONE: string[] = [];
const NO_WIDTHS: Record<string, number> = {};

/** Pixels by which the pane grows before its columns are laid anew. */
const STEP = 24;

/** The table of runs with its filter and its actions. */
export function RunsPane() {
  const { experimentIds, search, change } = useExperimentState();
  const rows = useRunRows();
  useRowsVersion(rows);
  const keys = useKeys();
  const chosen = useSteady(useChosenColumns(keys));
  const { pinned = NONE, widths = NO_WIDTHS } = search;
  const { ref, width: room } = useElementSize();
  const wide = room && room < ROOMY ? Math.round(room / STEP) * STEP : Infinity;
  const layout = useMemo(() => layColumns(chosen, pinned, widths, wide), [chosen, pinned, widths, wide]);
  const isEmpty = rows.root?.total === 0 && !rows.isStale;
  const selected = search.selected ?? NONE;
  const isNarrow = useNarrow();
  return (
    <section ref={ref} className={classes.pane} aria-label="Runs">
      <RunsBar keys={keys} error={rows.error} chosen={chosen} />
      {/* In a narrow window the bar stands at the bottom, beside the thumb. */}
      {(isNarrow || !selected.length) && <RunsLine rows={rows} keys={keys} chosen={chosen} />}
      {selected.length > 0 && <SelectionBar rows={rows} selected={selected} total={search.filter ? (rows.root?.total ?? 0) : (keys?.runs ?? 0)} />}
      {isEmpty && !search.filter && !search.deleted ? (
        <FirstSteps />
      ) : (
        <>
          <RunsTable key={experimentIds.join()} rows={rows} layout={layout} keys={keys} chosen={chosen} />
          {isEmpty && (
            <div className={classes.nothing}>
              <Empty title={search.filter ? "No run fits the filter" : "No run is deleted"}>
                {search.filter ? (
                  <Button variant="default" onClick={() => change({ filter: undefined })}>
                    Clear the filter
                  </Button>
                ) : (
                  <Button variant="default" onClick={() => change({ deleted: undefined })}>
                    Show the active runs
                  </Button>
                )}
              </Empty>
            </div>
          )}
        </>
      )}
    </section>
  );
}

/** Returns a list that stays the same object while the same stands in it. */
function useSteady(list: readonly string[]): readonly string[] {
  const kept = useRef(list);
  const isSame = kept.current.length === list.length && kept.current.every((one, at) => one === list[at]);
  const steady = isSame ? kept.current : list;
  useEffect(() => {
    kept.current = steady;
  }, [steady]);
  return steady;
}
