import { IconChevronRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useCall } from "@/api/live";
import { quoteText } from "@/app/matching";
import { RunStatus } from "@/components/RunStatus";
import { Section } from "@/components/Section";
import classes from "./run.module.css";

const SHOWN = 50;

/** The runs below a run, as a tree that is opened level by level. */
export function Children({ runId, experimentId }: { runId: string; experimentId: string }) {
  const { data } = useChildren(runId, experimentId);
  if (!data?.total) return null;
  return (
    <Section title={`Children (${data.total.toLocaleString("en-US")})`}>
      <Level runId={runId} experimentId={experimentId} />
    </Section>
  );
}

function Level({ runId, experimentId }: { runId: string; experimentId: string }) {
  const { data } = useChildren(runId, experimentId);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  if (!data) return null;
  const toggle = (id: string): void =>
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <ul className={classes.children}>
      {data.run_id.map((id, index) => {
        const name = data.run_name[index] || id;
        return (
          <li key={id}>
            <div className={classes.child}>
              {data.children[index]! > 0 ? (
                <button type="button" className={classes.fold} aria-expanded={open.has(id)} aria-label={`Children of ${name}`} onClick={() => toggle(id)}>
                  <IconChevronRight size={13} />
                </button>
              ) : (
                <span className={classes.gap} />
              )}
              <RunStatus status={data.status[index]!} isLost={data.is_lost[index]!} />
              <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId: data.experiment_id[index]!, runId: id }}>
                {name}
              </Link>
              {data.children[index]! > 0 && <span className={classes.quiet}>{data.children[index]}</span>}
            </div>
            {open.has(id) && <Level runId={id} experimentId={data.experiment_id[index]!} />}
          </li>
        );
      })}
      {data.total > SHOWN && <li className={classes.quiet}>and {(data.total - SHOWN).toLocaleString("en-US")} more, in the tree of the experiment's table</li>}
    </ul>
  );
}

function useChildren(runId: string, experimentId: string) {
  return useCall(
    "get_run_window",
    { experiment_ids: [experimentId], filter: `tags.mlflow.parentRunId = ${quoteText(runId)}`, order_by: ["start_time ASC"], max_results: SHOWN },
    { keep: false },
  );
}
