import { ActionIcon, Menu, Popover, Tooltip } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconColumns3 } from "@tabler/icons-react";
import { lazy, memo, Suspense, useState } from "react";
import type { CallError } from "@/api/client";
import type { RunKeys } from "@/api/types";
import { FilterField } from "./filter/FilterField";
import { QuickFilters } from "./filter/QuickFilters";
import classes from "./RunsPane.module.css";
import { useExperimentState } from "./state";

const ColumnManager = lazy(() => import("./table/ColumnManager"));

interface RunsBarProps {
  keys: RunKeys | undefined;
  /** What is wrong with the filter, or with the way to the server. */
  error: CallError | null;
  chosen: readonly string[];
}

/** What stands above the table: the filter, the columns, and how rows are shown. It stays as it is when rows come. */
export const RunsBar = memo(function RunsBar({ keys, error, chosen }: RunsBarProps) {
  const { search, change } = useExperimentState();
  const [managesColumns, setManagesColumns] = useState(false);
  return (
    <div className={classes.bar}>
      <FilterField keys={keys} error={error} />
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
  );
});
