import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useCall } from "@/api/live";
import type { ModelVersion, Run, VersionLineage } from "@/api/types";
import { versionsCompareRoute } from "@/app/router";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { Page } from "@/components/Page";
import { Section } from "@/components/Section";
import table from "@/components/Table.module.css";
import { formatNumber, toNumber } from "@/data/numbers";
import { formatMoment } from "@/data/times";
import classes from "./models.module.css";

type Values = Record<string, string>;

/** Two versions side by side: what they are, and the params and metrics of their runs. */
export function VersionsComparePage() {
  const { name } = versionsCompareRoute.useParams();
  const { versions } = versionsCompareRoute.useSearch();
  const [left, right] = [useVersion(name, versions[0]), useVersion(name, versions[1])];
  useEffect(() => {
    document.title = `${name}: ${versions.join(" and ")} · Headrace`;
  }, [name, versions]);
  const error = left.error ?? right.error;
  return (
    <Page
      crumbs={
        <>
          <Link to="/models">Models</Link>
          <Link to="/models/$name" params={{ name }}>
            {name}
          </Link>
        </>
      }
      title={versions.length === 2 ? `Versions ${versions.join(" and ")}` : "Compare versions"}
    >
      {error && <Failure error={error} />}
      {versions.length !== 2 && <Empty title="Two versions are compared">Choose them on the page of the model.</Empty>}
      {left.version && right.version && (
        <>
          <SideBySide title="Versions" heads={versions} left={describe(left.version, left.lineage)} right={describe(right.version, right.lineage)} />
          <SideBySide title="Params of their runs" heads={versions} left={params(left.run)} right={params(right.run)} />
          <SideBySide title="Metrics of their runs" heads={versions} left={metrics(left.run)} right={metrics(right.run)} />
        </>
      )}
    </Page>
  );
}

/** Reads a version with its run and lineage. */
function useVersion(name: string, number: string | undefined) {
  const version = useCall("get_model_version", { name, version: number ?? "" }, { enabled: number !== undefined, keep: false });
  const lineage = useCall("get_model_version_lineage", { name, version: number ?? "" }, { enabled: number !== undefined, keep: false });
  const state = lineage.data?.lineage.run_state;
  const runId = version.data?.model_version.run_id;
  const run = useCall("get_run", { run_id: runId ?? "" }, { enabled: Boolean(runId) && (state === "active" || state === "deleted"), keep: false });
  return { version: version.data?.model_version, lineage: lineage.data?.lineage, run: run.data?.run, error: version.error };
}

/** Rows of what either side has; those that differ are marked. */
function SideBySide({ title, heads, left, right }: { title: string; heads: readonly string[]; left: Values; right: Values }) {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  if (names.length === 0) return null;
  return (
    <Section title={title}>
      <table className={`${table.table} ${classes.sides}`}>
        <thead>
          <tr>
            <th aria-label="Name" />
            {heads.map((head) => (
              <th key={head}>Version {head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name} data-differs={left[name] !== right[name] || undefined}>
              <td>{name}</td>
              {[left, right].map((values, side) => (
                <td key={heads[side]}>
                  {values[name] ?? ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function describe(version: ModelVersion, lineage: VersionLineage | undefined): Values {
  const all: Record<string, string | undefined> = {
    Description: version.description,
    Stage: version.current_stage,
    Aliases: version.aliases?.join(", "),
    Created: formatMoment(version.creation_timestamp),
    By: version.user_id,
    Source: version.source,
    Files: version.content_digest?.slice(0, 12),
    Run: lineage?.run_name ?? version.run_id,
    Commit: lineage?.commit?.slice(0, 12),
    "Data sets": lineage?.datasets?.map(({ name, digest }) => `${name} ${digest}`).join(", "),
    ...Object.fromEntries((version.tags ?? []).map(({ key, value }) => [`Tag ${key}`, value])),
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

function params(run: Run | undefined): Values {
  return Object.fromEntries((run?.data?.params ?? []).map(({ key, value }) => [key, value]));
}

function metrics(run: Run | undefined): Values {
  return Object.fromEntries((run?.data?.metrics ?? []).map(({ key, value }) => [key, formatNumber(toNumber(value), 6)]));
}
