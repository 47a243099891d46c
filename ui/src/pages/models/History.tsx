import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { usePages } from "@/api/pages";
import type { RegistryChange } from "@/api/types";
import { Age } from "@/components/Age";
import { Failure } from "@/components/Failure";
import { Actor } from "./labels";
import classes from "./models.module.css";

/** What was changed in a model or in one of its versions: when, by whom, why, and the value before. */
export function History({ name, version }: { name: string; version?: string }) {
  const { items, error, isPending, hasMore, loadMore } = usePages(
    "list_registry_changes",
    { name, version: version ?? null, max_results: 100 },
    (page) => page.changes ?? [],
  );
  if (error && items.length === 0) return <Failure error={error} />;
  if (!isPending && items.length === 0) return <p>Nothing was changed yet.</p>;
  return (
    <>
      <ul className={classes.history}>
        {items.map((change, index) => (
          <li key={`${change.timestamp} ${change.kind} ${change.version} ${change.key} ${index}`}>
            <Age moment={change.timestamp} />
            <div>
              {describe(change, version !== undefined)} <span className={classes.reason}>by </span>
              <Actor name={change.actor} isVerified={change.is_verified} />
              {change.reason && <div className={classes.reason}>“{change.reason}”</div>}
              {change.overridden !== undefined && (
                <div className={classes.forced}>
                  <span className={classes.forcedMark}>forced</span> {change.overridden}
                </div>
              )}
            </div>
          </li>
        ))}
      </ul>
      {hasMore && (
        <Button variant="subtle" onClick={loadMore}>
          Show more
        </Button>
      )}
    </>
  );
}

/** Returns a change in words, with the value before it struck out. */
function describe({ kind, key, before, after, version }: RegistryChange, isOfVersion: boolean): ReactNode {
  const where = version && !isOfVersion ? ` of version ${version}` : "";
  const values = (
    <>
      {before !== undefined && <span className={classes.before}>{shorten(before)}</span>}
      {before !== undefined && after !== undefined && " → "}
      {after !== undefined && shorten(after)}
      {after === undefined && before !== undefined && " removed"}
    </>
  );
  switch (kind) {
    case "created":
      return version ? <>Version {version} created</> : <>Model created</>;
    case "deleted":
      return version ? <>Version {version} deleted</> : <>Model deleted</>;
    case "renamed":
      return <>Renamed {values}</>;
    case "alias":
      return (
        <>
          Alias @{key}: {values}
        </>
      );
    case "stage":
      return (
        <>
          Stage{where}: {values}
        </>
      );
    case "content":
      return (
        <>
          Files{where}: {after !== undefined && DIGEST.test(after) ? <>recorded as {after.slice(0, 12)}</> : values}
        </>
      );
    case "protection":
    case "gate":
      return (
        <>
          {before === undefined ? "Rule made" : "Rule lifted"} at {key}: {after ?? before}
        </>
      );
    case "tag":
      return (
        <>
          Tag {key}
          {where}: {values}
        </>
      );
    default:
      return (
        <>
          {kind.charAt(0).toUpperCase() + kind.slice(1)}
          {key ? ` ${key}` : ""}
          {where}: {values}
        </>
      );
  }
}

const DIGEST = /^[0-9a-f]{64}$/;

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
