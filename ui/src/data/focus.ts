/**
 * What table and charts share beyond the URL: which run the pointer is on.
 *
 * It changes at the pointer's pace, so it stands outside of React: who shows it subscribes.
 */

import { createStore } from "./store";

/** Id of the run (or name of the group) under the pointer, in whichever panel it is. */
export const hoveredRun = createStore<string | null>(null);
