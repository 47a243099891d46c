/** How a run is, in words. */

const WORDS: Record<string, string> = {
  RUNNING: "Running",
  FINISHED: "Finished",
  FAILED: "Failed",
  KILLED: "Killed",
  SCHEDULED: "Scheduled",
  LOST: "Lost: it no longer gives signs of life",
};

/** Returns a run's state as people say it; LOST is that of a run whose processes went silent. */
export function describeStatus(state: string): string {
  return WORDS[state] ?? state;
}
