import { Button, Popover, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useCall } from "@/api/live";
import { quoteText } from "@/app/matching";
import { useRunColor } from "@/charts/runs";
import { formatAge } from "@/data/times";
import classes from "./AddRuns.module.css";

interface AddRunsProps {
  experimentIds: readonly string[];
  /** Runs that are compared already. */
  ids: readonly string[];
  onAdd: (id: string) => void;
}

const MOST = 30;

/** A button that finds further runs of the same experiments. */
export function AddRuns({ experimentIds, ids, onAdd }: AddRunsProps) {
  const [isOpen, setOpen] = useState(false);
  const [find, setFind] = useState("");
  const color = useRunColor();
  const { data } = useCall(
    "get_run_window",
    {
      experiment_ids: [...experimentIds],
      ...(find ? { filter: `run_name ILIKE ${quoteText(`%${find}%`)}` } : {}),
      max_results: MOST + ids.length,
    },
    { enabled: isOpen && experimentIds.length > 0 },
  );
  const offered = useMemo(() => {
    const rows = data?.run_id.map((id, at) => ({ id, name: data.run_name[at] || id.slice(0, 8), start: data.start_time[at] })) ?? [];
    return rows.filter(({ id }) => !ids.includes(id)).slice(0, MOST);
  }, [data, ids]);
  return (
    <Popover position="bottom-end" width={300} trapFocus opened={isOpen} onChange={setOpen}>
      <Popover.Target>
        <Button
          variant="default"
          aria-label="Add runs"
          className={classes.add!}
          leftSection={<IconPlus size={13} />}
          disabled={!experimentIds.length}
          aria-haspopup="dialog"
          onClick={() => setOpen((before) => !before)}
        >
          <span className={classes.word}>Add runs</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Add runs">
        <TextInput aria-label="Find a run by its name" placeholder="Find a run by its name" value={find} onChange={(event) => setFind(event.currentTarget.value)} />
        <ul className={classes.list} aria-label="Runs">
          {offered.map(({ id, name, start }) => (
            <li key={id}>
              <button type="button" onClick={() => onAdd(id)}>
                <i style={{ background: color(id) }} />
                <span>{name}</span>
                {start !== null && start !== undefined && <small>{formatAge(start)}</small>}
              </button>
            </li>
          ))}
        </ul>
        {data && !offered.length && <p className={classes.none}>{find ? "No other run has this name." : "There are no other runs."}</p>}
      </Popover.Dropdown>
    </Popover>
  );
}
