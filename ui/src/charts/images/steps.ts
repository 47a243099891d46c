/** The step at which all grids of images stand; while the slider moves it is ahead of the URL. */

import { useEffect } from "react";
import { createStore, useStore } from "@/data/store";
import type { ChangeCharts, ChartState } from "../state";

/** The step that a slider is being moved to; null while none moves. */
const moving = createStore<number | null>(null);

export interface CommonStep {
  /** The chosen step; undefined for the last one. */
  step: number | undefined;
  /** Moves to a step, for now. */
  onMove: (step: number) => void;
  /** Chooses a step: it stands in the URL. */
  onRest: (step: number | undefined) => void;
}

export function useCommonStep({ imageStep }: ChartState, change: ChangeCharts): CommonStep {
  const ahead = useStore(moving);
  useEffect(() => moving.set(null), [imageStep]);
  return {
    step: ahead ?? imageStep,
    onMove: moving.set,
    onRest: (step) => {
      if (step === imageStep) moving.set(null);
      change({ imageStep: step });
    },
  };
}
