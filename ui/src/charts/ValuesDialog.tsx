import { Dialog } from "@/components/Dialog";
import table from "@/components/Table.module.css";
import { formatNumber } from "@/data/numbers";
import classes from "./ValuesDialog.module.css";

interface ValuesDialogProps {
  title: string;
  /** The first one is the head. */
  rows: readonly (readonly (string | number)[])[];
  onClose: () => void;
}

/** Of more rows nobody reads all; a file has them. */
const MOST_ROWS = 500;

/** What a chart shows, in words and numbers: for who cannot see it, or wants to know it exactly. */
export default function ValuesDialog({ title, rows: [head = [], ...rows], onClose }: ValuesDialogProps) {
  return (
    <Dialog title={title} size="xl" onClose={onClose}>
      <div className={classes.rows} tabIndex={0} role="group" aria-label={`Values of ${title}`}>
        <table className={table.table} aria-label={title}>
          <thead>
            <tr>
              {head.map((name, at) => (
                <th key={at} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row, at) => (
              <tr key={at}>
                {row.map((value, column) => (
                  <td key={column}>{typeof value === "number" ? formatNumber(value, 6) : value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > MOST_ROWS && (
        <p className={classes.more}>
          The first {formatNumber(MOST_ROWS)} of {formatNumber(rows.length)} rows. Save the chart as CSV to have all of them.
        </p>
      )}
    </Dialog>
  );
}
