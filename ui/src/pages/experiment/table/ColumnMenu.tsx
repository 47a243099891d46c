import { Menu } from "@mantine/core";
import { IconArrowDown, IconArrowLeft, IconArrowRight, IconArrowUp, IconArrowsHorizontal, IconEyeOff, IconFilter, IconPin, IconPinnedOff, IconStack2 } from "@tabler/icons-react";
import { filterDraft } from "../filter/draft";
import { useExperimentState } from "../state";
import { Anchor } from "./Anchor";
import type { Shape } from "./cells";
import { type Column, type Layout, moveColumn, NAME } from "./columns";
import { type Aggregate, fieldText, orderText } from "./fields";
import classes from "./ColumnMenu.module.css";

interface ColumnMenuProps {
  column: Column;
  box: DOMRect;
  layout: Layout;
  /** All columns that scroll or could, in their order. */
  chosen: readonly string[];
  shape: Shape | undefined;
  onFit: () => void;
  onClose: () => void;
}

const VALUES: readonly Aggregate[] = ["last", "min", "max", "first"];
const NAMES: Record<string, string> = { last: "Last", min: "Least", max: "Greatest", first: "First" };

/** What can be done with a column. */
export function ColumnMenu({ column, box, layout, chosen, shape, onFit, onClose }: ColumnMenuProps) {
  const { search, change } = useExperimentState();
  const { field, id } = column;
  const pinned = search.pinned ?? [];
  const isPinned = pinned.includes(id);
  const place = chosen.indexOf(id);
  const swap = (text: string): readonly string[] => chosen.map((one) => (one === id ? text : one)).filter((one, at, all) => all.indexOf(one) === at);
  /** Shows another value of the metric in this column, in whichever part it is. */
  const show = (of: Aggregate): object => {
    const text = fieldText({ kind: field.kind, key: field.key, of });
    if (text === id) return {};
    return isPinned ? { pinned: pinned.map((one) => (one === id ? text : one)) } : { columns: swap(text) };
  };
  const sort = (of: Aggregate | undefined, descending: boolean): void => {
    const text = fieldText({ ...field, ...(of ? { of } : {}) });
    const by = shape?.isNumeric && (field.kind === "params" || field.kind === "tags") ? `number(${text})` : text;
    change({ ...(of ? show(of) : {}), order: [orderText({ field: by, descending })] });
  };
  const group = (): void => change({ group: search.group?.includes(id) ? search.group.filter((one) => one !== id) : [...(search.group ?? []), id] });
  const isText = field.kind === "params" || field.kind === "tags";
  return (
    <Menu opened onClose={onClose} position="bottom-start" width={232} returnFocus>
      <Anchor box={box} />
      <Menu.Dropdown>
        {field.kind === "metrics" ? (
          VALUES.map((of) => (
            <div key={of} className={classes.values}>
              <Menu.Item className={classes.value!} onClick={() => change(show(of))} aria-current={(field.of ?? "last") === of || undefined}>
                {NAMES[of]}
              </Menu.Item>
              <Menu.Item className={classes.way!} onClick={() => sort(of, false)} aria-label={`Order by ${of}, ascending`}>
                <IconArrowUp size={13} />
              </Menu.Item>
              <Menu.Item className={classes.way!} onClick={() => sort(of, true)} aria-label={`Order by ${of}, descending`}>
                <IconArrowDown size={13} />
              </Menu.Item>
            </div>
          ))
        ) : (
          id !== "duration" && (
            <>
              <Menu.Item leftSection={<IconArrowUp size={14} />} onClick={() => sort(undefined, false)}>
                Order ascending
              </Menu.Item>
              <Menu.Item leftSection={<IconArrowDown size={14} />} onClick={() => sort(undefined, true)}>
                Order descending
              </Menu.Item>
            </>
          )
        )}
        <Menu.Divider />
        {id !== "duration" && (
          <Menu.Item leftSection={<IconFilter size={14} />} onClick={() => filterDraft.begin(id)}>
            Filter by it
          </Menu.Item>
        )}
        {isText && (
          <Menu.Item leftSection={<IconStack2 size={14} />} onClick={group}>
            {search.group?.includes(id) ? "Do not group by it" : "Group the charts by it"}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconArrowsHorizontal size={14} />} onClick={onFit}>
          Fit the width
        </Menu.Item>
        {id !== NAME && (
          <>
            <Menu.Divider />
            <Menu.Item
              leftSection={isPinned ? <IconPinnedOff size={14} /> : <IconPin size={14} />}
              onClick={() => change({ pinned: isPinned ? pinned.filter((one) => one !== id) : [...pinned, id], ...(isPinned && place < 0 ? { columns: [id, ...chosen] } : {}) })}
            >
              {isPinned ? "Let it scroll" : "Pin to the left"}
            </Menu.Item>
            {!isPinned && (
              <>
                <Menu.Item leftSection={<IconArrowLeft size={14} />} disabled={place <= 0} onClick={() => change({ columns: moveColumn(chosen, id, place - 1) })}>
                  Move left
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconArrowRight size={14} />}
                  disabled={layout.scrolled.columns.at(-1)?.id === id}
                  onClick={() => change({ columns: moveColumn(chosen, id, place + 2) })}
                >
                  Move right
                </Menu.Item>
              </>
            )}
            <Menu.Item
              leftSection={<IconEyeOff size={14} />}
              onClick={() => change({ columns: chosen.filter((one) => one !== id), pinned: isPinned ? pinned.filter((one) => one !== id) : search.pinned })}
            >
              Hide
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
