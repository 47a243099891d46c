import { Modal } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Dataset, DatasetInput } from "@/api/types";
import { Code } from "@/components/Code";
import { Copyable } from "@/components/Copyable";
import { Facts } from "@/components/Facts";
import { Section } from "@/components/Section";
import table from "@/components/Table.module.css";
import { parseProfile, parseSchema, parseSource } from "./datasets";
import classes from "./run.module.css";

/** The data that a run used; a click shows what was recorded of it. */
export function DataSets({ inputs }: { inputs: readonly DatasetInput[] }) {
  const [shown, setShown] = useState<Dataset | null>(null);
  if (inputs.length === 0) return null;
  return (
    <Section title="Data sets">
      <Facts
        facts={inputs.map(({ dataset, tags }) => [
          tags?.find(({ key }) => key === "mlflow.data.context")?.value || "used",
          <span key={`${dataset.name} ${dataset.digest}`}>
            <button type="button" className={classes.link} onClick={() => setShown(dataset)}>
              {dataset.name}
            </button>{" "}
            <span className={classes.quiet}>{dataset.digest}</span>
          </span>,
        ])}
      />
      <Modal opened={shown !== null} onClose={() => setShown(null)} title={shown?.name} size="lg">
        {shown && <Details dataset={shown} />}
      </Modal>
    </Section>
  );
}

/** Where a data set came from, its columns, and its profile. */
function Details({ dataset: { name, digest, source_type: kind, source, schema, profile } }: { dataset: Dataset }) {
  const columns = parseSchema(schema);
  const place = parseSource(source);
  return (
    <>
      <Facts
        facts={[
          ["Digest", <Copyable key="digest" text={digest} label="the digest" />],
          [
            "Used by",
            <Link key="lineage" to="/dataset" search={{ name, digest }}>
              its lineage
            </Link>,
          ],
          ["Source", kind],
          ["Place", place && <Copyable key="place" text={place} label="the source" />],
          ...parseProfile(profile),
        ]}
      />
      {columns && columns.length > 0 && (
        <div className={classes.schema} tabIndex={0} role="region" aria-label="Schema">
          <table className={table.table}>
            <thead>
              <tr>
                <th>Column</th>
                <th>Type</th>
              </tr>
            </thead>
            <tbody>
              {columns.map(({ name, type }, index) => (
                <tr key={`${name} ${index}`}>
                  <td>{name}</td>
                  <td className={table.quiet}>{type}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {schema && !columns && <Code text={schema} />}
    </>
  );
}
