import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { Copyable } from "@/components/Copyable";
import { Facts } from "@/components/Facts";
import { Section } from "@/components/Section";
import table from "@/components/Table.module.css";
import { formatBytes } from "@/data/numbers";
import { summarize } from "../mlmodel";
import CodePreview from "./CodePreview";
import { useTextPieces } from "./pieces";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";

/** What a saved model says of itself: its flavors, what it takes and gives, its run; below it the file as it is. */
export default function MlmodelPreview(props: PreviewProps) {
  const { text, isWhole } = useTextPieces(props.owner, props.path);
  const model = useMemo(() => (isWhole ? summarize(text) : null), [text, isWhole]);
  return (
    <div className={classes.column}>
      {model && (
        <div className={classes.summary} tabIndex={0} role="region" aria-label="Summary of the model">
          <Section title="Model">
            <Facts
              facts={[
                ...model.flavors.map(({ name, facts }) => [name, facts.map(([key, value]) => `${key.replaceAll("_", " ")} ${value}`).join(" · ") || "—"] as const),
                ["Created", model.created],
                ["Written by", model.writtenBy && `MLflow ${model.writtenBy}`],
                ["Size", model.size !== undefined && formatBytes(model.size)],
                ["Run", model.runId && <RunOf key="run" runId={model.runId} />],
                ["Model id", model.modelId && <Copyable key="id" text={model.modelId} label="the model's id" />],
              ]}
            />
          </Section>
          {model.signature.map(({ part, columns }) => (
            <Section key={part} title={part.charAt(0).toUpperCase() + part.slice(1)}>
              <table className={`${table.table} ${classes.signature}`}>
                <tbody>
                  {columns.map(({ name, type }, index) => (
                    <tr key={`${name} ${index}`}>
                      <td>{name}</td>
                      <td className={table.quiet}>{type}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Section>
          ))}
        </div>
      )}
      <div className={classes.rest}>
        <CodePreview {...props} language="yaml" />
      </div>
    </div>
  );
}

function RunOf({ runId }: { runId: string }) {
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId: "0", runId }}>
      {runId}
    </Link>
  );
}
