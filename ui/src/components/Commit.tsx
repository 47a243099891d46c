import { commitUrl } from "@/data/commits";
import classes from "./Commit.module.css";

/** So many digits of a commit tell it apart. */
const DIGITS = 12;

/** A commit, as a link where its remote shows commits. */
export function Commit({ commit, remote }: { commit: string; remote: string | null | undefined }) {
  const url = commitUrl(remote, commit);
  const text = commit.slice(0, DIGITS);
  if (!url) return <span className={classes.commit}>{text}</span>;
  return (
    <a className={classes.commit} href={url} title={commit} target="_blank" rel="noreferrer noopener">
      {text}
    </a>
  );
}
