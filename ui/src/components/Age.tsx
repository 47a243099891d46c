import { formatAge, formatMoment } from "@/data/times";
import { useNow } from "./useNow";

/** How long ago something was; its title says when exactly. */
export function Age({ moment }: { moment: number }) {
  return (
    <time dateTime={new Date(moment).toISOString()} title={formatMoment(moment)}>
      {formatAge(moment, useNow(10_000))}
    </time>
  );
}
