import { useNow } from "@/components/useNow";
import { formatDuration } from "@/data/times";

/** How long something took, or has taken so far; then it grows before the reader's eyes. */
export function Duration({ start, end }: { start: number; end: number | null }) {
  const now = useNow(end === null ? 1_000 : null);
  return <>{formatDuration((end ?? now) - start)}</>;
}
