import { useEffect, useState } from "react";

/** Returns the moment, in milliseconds since the epoch, anew each `every` milliseconds; it stands still for null. */
export function useNow(every: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (every === null) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
