/** What the log of a webhook shows, as its URL says it. */

export const STATES = ["pending", "delivered", "failed"] as const;
export type State = (typeof STATES)[number];

export interface LogSearch {
  state?: State;
  event?: string;
  /** The delivery that is open. */
  delivery?: string;
}

/** Reads what a URL says; what is wrong in it is left out. */
export function parseLogSearch({ state, event, delivery }: Record<string, unknown>): LogSearch {
  return {
    ...(STATES.includes(state as State) ? { state: state as State } : {}),
    ...(typeof event === "string" && event ? { event } : {}),
    ...(typeof delivery === "string" && delivery ? { delivery } : {}),
  };
}
