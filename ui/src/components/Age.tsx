import { useEffect, useState } from "react";
import { formatAge, formatMoment } from "@/data/times";

/** How long ago something was; its title says when exactly. */
export function Age({ moment }: { moment: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={new Date(moment).toISOString()} title={formatMoment(moment)}>
      {formatAge(moment, now)}
    </time>
  );
}
