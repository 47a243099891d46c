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
