import { ActionIcon, Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPin, IconPinFilled, IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { matchScore } from "@/app/matching";
import type { RunKeys } from "@/api/types";
import { formatInteger } from "@/data/numbers";
import { IS_TOUCHED } from "@/data/window";
import { useExperimentState } from "../state";
import { addColumns, compareKeys } from "./columns";
import { COLUMN_ATTRIBUTES, fieldLabel, fieldText, parseField, splitKey } from "./fields";
import { useKeys } from "./keys";
import classes from "./ColumnManager.module.css";

const LINE = IS_TOUCHED ? 40 : 28;

interface Line {
  /** Field of a column; undefined for a head. */
  id?: string;
  label: string;
  /** How many runs have it. */
  runs?: number;
  /** Columns below a head. */
  ids?: string[];
}

/** Which columns the table shows: all that can be, with a search. */
export default function ColumnManager({ chosen }: { chosen: readonly string[] }) {
  const { search, change } = useExperimentState();
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), 150);
  const keys = useKeys(settled);
  const lines = useMemo(() => makeLines(keys, settled, chosen), [keys, settled, chosen]);
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => LINE, overscan: 8 });
  const shown = new Set(chosen);
  const pinned = search.pinned ?? [];
  const show = (ids: readonly string[], isShown: boolean): void => {
    const left = chosen.filter((id) => !ids.includes(id));
    change({ columns: isShown ? addColumns(chosen, ids) : left, ...(isShown ? {} : { pinned: without(pinned, ids) }) });
  };
  const pin = (id: string): void => {
    const isPinned = pinned.includes(id);
    change({ pinned: isPinned ? without(pinned, [id]) : [...pinned, id], columns: shown.has(id) ? search.columns : addColumns(chosen, [id]) });
  };
  const found = lines.flatMap(({ id }) => (id ? [id] : []));
  const more = keys ? keys.metric_count + keys.param_count + keys.tag_count - keys.metrics.length - keys.params.length - keys.tags.length : 0;
  return (
    <div className={classes.manager}>
      <TextInput
        data-autofocus
        className={classes.search!}
        placeholder="Search columns"
        aria-label="Search columns"
        leftSection={<IconSearch size={13} />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className={classes.list} ref={box} tabIndex={0} role="group" aria-label="Columns">
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const line = lines[index]!;
            const style = { transform: `translateY(${start}px)` };
            if (!line.id) {
              const all = line.ids!.every((id) => shown.has(id));
              return (
                <div key={index} className={classes.head} style={style}>
                  <span>{line.label}</span>
                  <button type="button" onClick={() => show(line.ids!, !all)} aria-label={`Show ${all ? "none" : "all"} of ${line.label}`}>
                    {all ? "none" : "all"}
                  </button>
                </div>
              );
            }
            const id = line.id;
            const isPinned = pinned.includes(id);
            return (
              <div key={index} className={classes.line} style={style}>
                <label>
                  <input type="checkbox" checked={shown.has(id) || isPinned} onChange={(event) => show([id], event.currentTarget.checked)} />
                  <span>{line.label}</span>
                </label>
                {line.runs !== undefined && keys && line.runs < keys.runs && <span className={classes.runs}>{formatInteger(line.runs)}</span>}
                <ActionIcon aria-label={`${isPinned ? "Unpin" : "Pin"} ${line.label}`} aria-pressed={isPinned} data-pinned={isPinned || undefined} className={classes.pin!} onClick={() => pin(id)}>
                  {isPinned ? <IconPinFilled size={13} /> : <IconPin size={13} />}
                </ActionIcon>
              </div>
            );
          })}
        </div>
        {lines.length === 0 && <p className={classes.nothing}>No column has this name.</p>}
      </div>
      <footer className={classes.foot}>
        <span>{more > 0 ? `${formatInteger(more)} more: search for them` : ""}</span>
        {settled && found.length > 1 && (
          <Button variant="default" size="compact-xs" onClick={() => show(found.slice(0, 50), true)}>
            Show {Math.min(50, found.length)}
          </Button>
        )}
        <Button variant="default" size="compact-xs" disabled={!search.columns && !search.pinned} onClick={() => change({ columns: undefined, pinned: undefined })}>
          As at first
        </Button>
      </footer>
    </div>
  );
}

/** Returns what is listed: the columns that fit, below their heads. */
function makeLines(keys: RunKeys | undefined, text: string, chosen: readonly string[]): Line[] {
  const heads = new Map<string, Line[]>();
  const add = (head: string, line: Line): void => {
    const list = heads.get(head);
    if (list) list.push(line);
    else heads.set(head, [line]);
  };
  for (const id of COLUMN_ATTRIBUTES) {
    const label = fieldLabel(parseField(id));
    if (matchScore(text, label) > 1 || !text) add("Run", { id, label });
  }
  // Columns that show something else than the last value of a metric are listed by themselves.
  for (const id of chosen) {
    const field = parseField(id);
    if (field.kind === "metrics" && field.of && (!text || matchScore(text, field.key) > 1)) add("Chosen", { id, label: fieldLabel(field) });
  }
  for (const [kind, word] of [["metrics", "Metrics"], ["params", "Params"], ["tags", "Tags"]] as const) {
    for (const { key, runs } of [...(keys?.[kind] ?? [])].sort((a, b) => compareKeys(a.key, b.key))) {
      const [prefix, rest] = splitKey(key);
      add(prefix ? `${word} · ${prefix}` : word, { id: fieldText({ kind, key }), label: rest, runs });
    }
  }
  return [...heads].flatMap(([label, lines]) => [{ label, ids: lines.map(({ id }) => id!) }, ...lines]);
}

function without(list: readonly string[], left: readonly string[]): string[] | undefined {
  const rest = list.filter((one) => !left.includes(one));
  return rest.length ? rest : undefined;
}
