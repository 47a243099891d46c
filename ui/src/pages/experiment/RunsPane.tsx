/** The table of runs with its filter and its actions. */
export function RunsPane() {
  return null;
}
