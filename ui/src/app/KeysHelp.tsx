import { Kbd } from "@mantine/core";
import { Dialog } from "@/components/Dialog";
import { useStore } from "@/data/store";
import { type Action, keyName, offers, overlay } from "./actions";
import classes from "./KeysHelp.module.css";

/** The keys of all that the page offers now. */
export default function KeysHelp() {
  const all = useStore(offers).flat().filter(({ keys }) => keys);
  const sections = Map.groupBy(all, ({ section }: Action) => section);
  return (
    <Dialog onClose={() => overlay.set(null)} title="Keys" size="sm">
      {[...sections].reverse().map(([section, actions]) => (
        <section key={section} className={classes.section}>
          <h3>{section}</h3>
          <dl>
            {actions.map(({ id, label, keys }) => (
              <div key={id}>
                <dt>{label}</dt>
                <dd>
                  <Kbd size="xs">{keyName(keys!)}</Kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
