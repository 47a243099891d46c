import { useMemo } from "react";
import { useCall } from "@/api/live";
import { Failure } from "@/components/Failure";
import { Lines } from "@/components/Lines";
import { highlightLines } from "@/files/preview/highlight";
import { Dialog } from "@/components/Dialog";
import { readContext } from "./context";
import classes from "./run.module.css";

/** The changes of the code that were not committed when the run began. */
export default function Diff({ runId, onClose }: { runId: string; onClose: () => void }) {
  const { data, error } = useCall("get_run_context", { run_id: runId, parts: ["git", "diff"] }, { every: false, keep: false });
  const diff = data?.sessions.at(-1)?.parts?.find(({ name }) => name === "diff")?.content;
  const note = data && readContext(data.sessions).git?.diff_note;
  const lines = useMemo(() => highlightLines(diff ?? "", "diff"), [diff]);
  return (
    <Dialog onClose={onClose} title="Uncommitted changes" size="80%">
      {error && <Failure error={error} />}
      {data && !diff && <p>{note ?? "There were none: the run ran what is committed."}</p>}
      {diff && note && <p>{note}</p>}
      {diff && (
        <div className={classes.diff}>
          <Lines lines={lines} show={(line) => <span dangerouslySetInnerHTML={{ __html: line }} />} />
        </div>
      )}
    </Dialog>
  );
}
