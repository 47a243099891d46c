/** The step at which all grids of images stand; while the slider moves it is ahead of the URL. */

import { useEffect, useRef, useState } from "react";
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

/** Milliseconds between two steps whose images are fetched while a slider moves. */
const PAUSE = 80;

/** Returns a value as it was at most so long ago: what lies between is skipped, the last one is not. */
export function usePaced<T>(value: T): T {
  const [paced, setPaced] = useState(value);
  const taken = useRef(0);
  useEffect(() => {
    const take = (): void => {
      taken.current = performance.now();
      setPaced(value);
    };
    const timer = setTimeout(take, Math.max(0, taken.current + PAUSE - performance.now()));
    return () => clearTimeout(timer);
  }, [value]);
  return paced;
}
