import { useMemo } from "react";

/** Returns the list of before as long as the new one says the same, so that nothing is computed or drawn again. */
export function useStable<T>(list: readonly T[]): T[] {
  const text = JSON.stringify(list);
  return useMemo(() => [...list], [text]);
}
