import classes from "./DeletedMark.module.css";

/** Stands behind the name of what was deleted, and can be restored. */
export function DeletedMark() {
  return <span className={classes.mark}>deleted</span>;
}
