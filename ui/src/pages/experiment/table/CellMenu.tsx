import { Menu } from "@mantine/core";
import { IconCopy, IconEqual, IconEqualNot, IconEye, IconMathEqualGreater, IconMathEqualLower } from "@tabler/icons-react";
import { notify } from "@/app/notices";
import { formatMoment } from "@/data/times";
import { joinConditions, writeValue } from "../filter/conditions";
import { useExperimentState } from "../state";
import { Anchor } from "./Anchor";
import { parseField } from "./fields";
import type { RunRow } from "./level";
import type { Cell } from "./window";

export interface CellPlace {
  run: RunRow;
  /** Field of the column. */
  column: string;
  value: Cell;
  box: DOMRect;
}

interface CellMenuProps {
  place: CellPlace;
  onClose: () => void;
  onHide: (runId: string) => void;
}

/** What can be done with a value: mostly, to see the runs that have it, or have not. */
export function CellMenu({ place: { run, column, value, box }, onClose, onHide }: CellMenuProps) {
  const { search, change } = useExperimentState();
  const { kind, key } = parseField(column);
  const isTime = kind === "attribute" && (key === "start_time" || key === "end_time");
  const add = (condition: string): void => change({ filter: joinConditions(search.filter, condition) }, false);
  const shown = isTime && typeof value === "number" ? formatMoment(value) : String(value ?? "nothing");
  const copy = (): void => {
    void navigator.clipboard.writeText(String(value ?? "")).then(() => notify("Copied"));
  };
  const isNumber = typeof value === "number";
  const isUsable = key !== "duration" && !(isNumber && Number.isNaN(value));
  return (
    <Menu opened onClose={onClose} position="bottom-start" returnFocus>
      <Anchor box={box} />
      <Menu.Dropdown>
        <Menu.Label>{shown.length > 48 ? `${shown.slice(0, 48)}…` : shown || "empty"}</Menu.Label>
        {isUsable && value === null && (
          <>
            <Menu.Item leftSection={<IconEqual size={14} />} onClick={() => add(`${column} IS NULL`)}>
              Only runs without it
            </Menu.Item>
            <Menu.Item leftSection={<IconEqualNot size={14} />} onClick={() => add(`${column} IS NOT NULL`)}>
              Only runs with it
            </Menu.Item>
          </>
        )}
        {isUsable && value !== null && (
          <>
            <Menu.Item leftSection={<IconEqual size={14} />} onClick={() => add(`${column} = ${writeValue(value)}`)}>
              Only this
            </Menu.Item>
            <Menu.Item leftSection={<IconEqualNot size={14} />} onClick={() => add(`${column} != ${writeValue(value)}`)}>
              Not this
            </Menu.Item>
          </>
        )}
        {isUsable && isNumber && (
          <>
            <Menu.Item leftSection={<IconMathEqualGreater size={14} />} onClick={() => add(`${column} >= ${value}`)}>
              {isTime ? "This and later" : "This and greater"}
            </Menu.Item>
            <Menu.Item leftSection={<IconMathEqualLower size={14} />} onClick={() => add(`${column} <= ${value}`)}>
              {isTime ? "This and earlier" : "This and less"}
            </Menu.Item>
          </>
        )}
        <Menu.Divider />
        <Menu.Item leftSection={<IconCopy size={14} />} onClick={copy}>
          Copy the value
        </Menu.Item>
        <Menu.Item leftSection={<IconEye size={14} />} onClick={() => onHide(run.id)}>
          {search.hidden?.includes(run.id) ? "Show in the charts" : "Hide in the charts"}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
