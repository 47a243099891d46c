import { Link } from "@tanstack/react-router";
import type { RegisteredModelAlias } from "@/api/types";
import classes from "./models.module.css";

/** Aliases of a model, each with the version that it names. */
export function Aliases({ name, aliases }: { name: string; aliases: readonly RegisteredModelAlias[] }) {
  return (
    <div className={classes.labels}>
      {aliases.map(({ alias, version }) => (
        <Link key={alias} to="/models/$name/versions/$version" params={{ name, version }} className={classes.alias!}>
          @{alias} <span className={classes.of}>{version}</span>
        </Link>
      ))}
    </div>
  );
}

/** A stage; Production and Staging stand out, None is left out. */
export function Stage({ stage, version }: { stage: string; version?: string }) {
  if (stage === "None") return null;
  return (
    <span className={classes.stage} data-stage={stage}>
      {stage} {version && <span className={classes.of}>{version}</span>}
    </span>
  );
}

const CONTENTS: Record<string, string> = {
  verified: "The files are those that were registered",
  unverified: "Nobody has recorded yet what the files are",
  changed: "A file is not any more what was registered",
  missing: "A file that was registered is gone",
};

/** How the files of a version are, beside what was registered; nothing where the server does not say. */
export function Contents({ state }: { state: string | undefined }) {
  if (!state) return null;
  return (
    <span className={classes.contents} data-state={state} title={CONTENTS[state]}>
      {state}
    </span>
  );
}

/** Who did something: a name that no server has checked is marked. */
export function Actor({ name, isVerified }: { name: string | undefined; isVerified: boolean | undefined }) {
  if (!name) return <span className={classes.unverified}>somebody</span>;
  if (isVerified) return <span>{name}</span>;
  return (
    <span title="The server did not check this name">
      {name} <span className={classes.unverified}>unverified</span>
    </span>
  );
}
