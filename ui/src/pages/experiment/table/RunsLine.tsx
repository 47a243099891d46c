import { Popover, UnstyledButton } from "@mantine/core";
import type { RunKeys, TextKey } from "@/api/types";
import { formatInteger } from "@/data/numbers";
import { useExperimentState } from "../state";
import { addColumns, findConstants } from "./columns";
import { fieldText } from "./fields";
import type { RunRows } from "./rows";
import { useRowsVersion } from "./table-hooks";
import classes from "./RunsLine.module.css";

const SHOWN = 12;

/** One line about the runs: how many, what is new, and which params are the same in all of them. */
export function RunsLine({ rows, keys, chosen }: { rows: RunRows; keys: RunKeys | undefined; chosen: readonly string[] }) {
  useRowsVersion(rows);
  const { search, change } = useExperimentState();
  // Below the roots of the tree there are more.
  const total = search.filter ? rows.root?.total : (keys?.runs ?? rows.root?.total);
  const constants = keys && !search.filter ? findConstants(keys) : [];
  return (
    <div className={classes.line}>
      <span className={classes.count} role="status">
        {total === undefined ? "" : `${formatInteger(total)} ${search.deleted ? "deleted " : ""}${total === 1 ? "run" : "runs"}`}
        {search.filter && keys && total !== undefined && ` of ${formatInteger(keys.runs)}`}
      </span>
      {search.deleted && (
        <button type="button" className={classes.news} onClick={() => change({ deleted: undefined, selected: undefined })}>
          Show the active ones
        </button>
      )}
      {rows.error?.status === 0 && <span className={classes.error}>{rows.error.message}</span>}
      {rows.hasNews && (
        <button type="button" className={classes.news} onClick={() => rows.showNews()}>
          {rows.newRuns ? `${rows.newRuns} new` : "New order"}
        </button>
      )}
      {constants.length > 0 && <Constants constants={constants} chosen={chosen} />}
    </div>
  );
}

function Constants({ constants, chosen }: { constants: readonly TextKey[]; chosen: readonly string[] }) {
  const { change } = useExperimentState();
  const text = constants.slice(0, SHOWN).map(({ key, value }) => `${key} ${value}`).join(" · ");
  return (
    <Popover position="bottom-start" width={320}>
      <Popover.Target>
        <UnstyledButton className={classes.constants!} title="Params that are the same in all runs">
          <span>{text}</span> the same in all runs
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <table className={classes.table}>
          <tbody>
            {constants.map(({ key, value }) => {
              const id = fieldText({ kind: "params", key });
              return (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>{value}</td>
                  <td>
                    {!chosen.includes(id) && (
                      <UnstyledButton className={classes.add!} aria-label={`Show ${key} as a column`} onClick={() => change({ columns: addColumns(chosen, [id]) })}>
                        show
                      </UnstyledButton>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Popover.Dropdown>
    </Popover>
  );
}
