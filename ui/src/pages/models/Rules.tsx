import { ActionIcon, Button } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { usePages } from "@/api/pages";
import type { RegistryRule } from "@/api/types";
import { useRights } from "@/app/session";
import { Age } from "@/components/Age";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import table from "@/components/Table.module.css";
import { change } from "./changes";
import { Actor } from "./labels";
import classes from "./models.module.css";
import { NewRule } from "./NewRule";
import { describeCondition, describePlace } from "./rules";

/** What must hold before an alias or a stage of a model moves. */
export function Rules({ name }: { name: string }) {
  const [isMaking, setMaking] = useState(false);
  const { mayAdmin, whyNot } = useRights();
  const { items, error, isPending, hasMore, loadMore } = usePages("list_registry_rules", { name, max_results: 100 }, (page) => page.rules ?? []);
  const lift = (rule: RegistryRule): Promise<boolean> =>
    change("delete_registry_rule", placeOf(rule), `Lifted: ${describePlace(rule)}: ${describeCondition(rule.condition)}`);
  if (error && items.length === 0) return <Failure error={error} />;
  return (
    <>
      <div className={classes.bar}>
        <Button variant="default" disabled={!mayAdmin} title={mayAdmin ? undefined : whyNot} onClick={() => setMaking(true)}>
          Add a rule
        </Button>
      </div>
      {!isPending && items.length === 0 && (
        <Empty title="Every move is free">
          A rule keeps an alias or a stage: its moves must be forced with a comment, or a version must first show a metric, a tag, or files that are as they were registered.
        </Empty>
      )}
      {items.length > 0 && (
        <table className={table.table}>
          <thead>
            <tr>
              <th>Stands at</th>
              <th>Asks for</th>
              <th className={table.more}>Models</th>
              <th className={table.more}>Made</th>
              <th aria-label="Lift" />
            </tr>
          </thead>
          <tbody>
            {items.map((rule) => (
              <tr key={JSON.stringify(placeOf(rule))}>
                <td className={classes.place}>{describePlace(rule)}</td>
                <td>
                  {describeCondition(rule.condition)}
                  {rule.reason && <div className={classes.reason}>“{rule.reason}”</div>}
                </td>
                <td className={`${table.quiet} ${table.more}`}>{rule.pattern ? `all like ${rule.pattern}` : "this one"}</td>
                <td className={`${table.quiet} ${table.more}`}>
                  {rule.timestamp !== undefined && <Age moment={rule.timestamp} />} by <Actor name={rule.actor} isVerified={rule.is_verified} />
                </td>
                <td className={table.right}>
                  <ActionIcon
                    disabled={!mayAdmin}
                    title={mayAdmin ? "Lift the rule" : whyNot}
                    aria-label={`Lift ${describePlace(rule)}: ${describeCondition(rule.condition)}`}
                    onClick={() => void lift(rule)}
                  >
                    <IconX size={13} />
                  </ActionIcon>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hasMore && (
        <Button variant="subtle" className={classes.more!} onClick={loadMore}>
          Show more
        </Button>
      )}
      {isMaking && <NewRule name={name} onClose={() => setMaking(false)} />}
    </>
  );
}

/** What names a rule: where it stands, and what it asks for. */
function placeOf({ condition, name, pattern, alias, stage }: RegistryRule) {
  return { condition, name: name ?? null, pattern: pattern ?? null, alias: alias ?? null, stage: stage ?? null };
}
