import type { WebhookDelivery } from "@/api/types";
import { describeState } from "./deliveries";
import { describeEvent } from "./events";
import classes from "./webhooks.module.css";

/** How a delivery is: its form says it as well as its colour. */
export function DeliveryMark({ delivery, isActive, withWord = false }: { delivery: WebhookDelivery; isActive: boolean; withWord?: boolean }) {
  const word = describeState(delivery, isActive);
  return (
    <span className={classes.state} title={withWord ? undefined : word}>
      <span className={classes.mark} data-state={delivery.state} role="img" aria-label={word} />
      {withWord && <span aria-hidden>{word}</span>}
    </span>
  );
}

/** The names of events, of many only the first. */
export function EventNames({ names, most = Infinity }: { names: readonly string[]; most?: number }) {
  const left = names.slice(most);
  return (
    <span className={classes.labels}>
      {names.slice(0, most).map((name) => (
        <code key={name} className={classes.event} title={describeEvent(name)}>
          {name}
        </code>
      ))}
      {left.length > 0 && (
        <span className={classes.quiet} title={left.join("\n")}>
          +{left.length}
        </span>
      )}
    </span>
  );
}
