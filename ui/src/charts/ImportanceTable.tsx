import type { KeyboardEvent } from "react";
import { columnName } from "./chart-keys";
import type { Importance } from "./importance";
import classes from "./ImportanceTable.module.css";

interface ImportanceTableProps {
  title: string;
  importance: Importance;
  /** Shows how the metric follows a param. */
  onParam: (param: string) => void;
}

/** Params with two bars each: how much they tell, and whether the metric rises or falls with them. */
export function ImportanceTable({ title, importance, onParam }: ImportanceTableProps) {
  const most = Math.max(...importance.params.map(({ share }) => share ?? 0), 1e-9);
  return (
    <div className={classes.box} tabIndex={0} role="group" aria-label={title} onKeyDown={walk}>
      <table className={classes.table} aria-label={title}>
        <colgroup>
          <col className={classes.name} />
          <col />
          <col className={classes.digits} />
          <col />
          <col className={classes.digits} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">Param</th>
            <th scope="col" colSpan={2}>Importance</th>
            <th scope="col" colSpan={2}>Correlation</th>
          </tr>
        </thead>
        <tbody>
          {importance.params.map(({ param, share, correlation }) => (
            <tr key={param}>
              <th scope="row">
                <button type="button" title={`Scatter plot by ${columnName(param)}`} onClick={() => onParam(param)}>
                  {columnName(param)}
                </button>
              </th>
              <td className={classes.track}>
                <span>{share !== null && <i className={classes.share} style={{ width: `${(100 * share) / most}%` }} />}</span>
              </td>
              <td className={classes.number}>{share === null ? "–" : share.toFixed(3)}</td>
              <td className={classes.track}>
                <span data-middle>
                  {correlation !== null && (
                    <i className={correlation < 0 ? classes.falls : classes.rises} style={{ width: `${50 * Math.abs(correlation)}%`, left: `${correlation < 0 ? 50 + 50 * correlation : 50}%` }} />
                  )}
                </span>
              </td>
              <td className={classes.number}>{signed(correlation)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Moves the focus from param to param by the arrow keys. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  const params = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
  const at = params.indexOf(document.activeElement as HTMLElement);
  params[Math.max(0, Math.min(params.length - 1, at + by))]?.focus();
  event.preventDefault();
}

/** Returns a correlation with its sign; a dash for a text, which has none. */
export function signed(correlation: number | null): string {
  if (correlation === null) return "–";
  const size = Math.abs(correlation).toFixed(2);
  return size === "0.00" ? size : `${correlation < 0 ? "−" : "+"}${size}`;
}
