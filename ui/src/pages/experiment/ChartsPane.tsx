/** The charts of the runs that the table shows. */
export function ChartsPane() {
  return null;
}
