import { ActionIcon, Button, Menu, Popover, Tooltip } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconAdjustmentsHorizontal, IconColumns3 } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Empty } from "@/components/Empty";
import { useNarrow } from "@/data/window";
import { FilterField } from "./filter/FilterField";
import { QuickFilters } from "./filter/QuickFilters";
import classes from "./RunsPane.module.css";
import { useExperimentState } from "./state";
import { layColumns } from "./table/columns";
import { FirstSteps } from "./table/FirstSteps";
import { useChosenColumns, useKeys } from "./table/keys";
import { RunsLine } from "./table/RunsLine";
import { RunsTable } from "./table/RunsTable";
import { SelectionBar } from "./table/SelectionBar";
import { useRowsVersion, useRunRows } from "./table/table-hooks";

const ColumnManager = lazy(() => import("./table/ColumnManager"));

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
  const wide = room ? Math.round(room / STEP) * STEP : Infinity;
  const layout = useMemo(() => layColumns(chosen, pinned, widths, wide), [chosen, pinned, widths, wide]);
  const [managesColumns, setManagesColumns] = useState(false);
  const isEmpty = rows.root?.total === 0 && !rows.isStale;
  const selected = search.selected ?? NONE;
  const isNarrow = useNarrow();
  return (
    <section ref={ref} className={classes.pane} aria-label="Runs">
      <div className={classes.bar}>
        <FilterField keys={keys} error={rows.error} />
        <QuickFilters keys={keys} />
        <Popover opened={managesColumns} onChange={setManagesColumns} position="bottom-end" width={340} trapFocus returnFocus>
          <Popover.Target>
            <Tooltip label="Columns">
              <ActionIcon size={28} aria-label="Columns" onClick={() => setManagesColumns((before) => !before)}>
                <IconColumns3 size={16} />
              </ActionIcon>
            </Tooltip>
          </Popover.Target>
          <Popover.Dropdown p={0}>
            <Suspense fallback={<div className={classes.popover} />}>
              <ColumnManager chosen={chosen} />
            </Suspense>
          </Popover.Dropdown>
        </Popover>
        <Menu position="bottom-end" width={220} closeOnItemClick={false}>
          <Menu.Target>
            <ActionIcon size={28} aria-label="Table options">
              <IconAdjustmentsHorizontal size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.CheckboxItem checked={!search.flat} onChange={(tree) => change({ flat: tree ? undefined : true })}>
              Nested runs as a tree
            </Menu.CheckboxItem>
            <Menu.CheckboxItem checked={search.deleted ?? false} onChange={(deleted) => change({ deleted: deleted || undefined, selected: undefined })}>
              Deleted runs
            </Menu.CheckboxItem>
            <Menu.Divider />
            <Menu.Item disabled={!search.hidden} onClick={() => change({ hidden: undefined })}>
              Show all runs in the charts
            </Menu.Item>
            <Menu.Item disabled={!search.open} onClick={() => change({ open: undefined })}>
              Close all nested runs
            </Menu.Item>
            <Menu.Item
              disabled={!search.columns && !search.pinned && !search.widths}
              onClick={() => change({ columns: undefined, pinned: undefined, widths: undefined })}
            >
              Columns as at first
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
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
