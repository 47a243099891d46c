import { TextInput } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { Code } from "@/components/Code";
import { Dialog } from "@/components/Dialog";
import { Section } from "@/components/Section";
import { IS_TOUCHED } from "@/data/window";
import classes from "./run.module.css";

interface Value {
  key: string;
  text: string;
  /** What else is said of it, one column each. */
  more?: readonly string[];
}

interface ValuesProps {
  title: string;
  values: readonly Value[];
  /** What is said where there are none. */
  empty: ReactNode;
  /** What stands in the columns after the name; without them a value has no head. */
  heads?: readonly string[];
}

const FEW = 12;

/** Pixels of a row. */
const ROW = IS_TOUCHED ? 40 : 28;

/** A longer text is cut off, and opens at a click. */
const LONG = 60;

/** So many letters of it fit into a row of any width. */
const MOST_SHOWN = 300;

/** Names and values, however many, with a field that finds some. */
export function Values({ title, values, empty, heads }: ValuesProps) {
  const [wanted, setWanted] = useState("");
  const [opened, setOpened] = useState<Value | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    return text ? values.filter(({ key, text: value }) => key.toLowerCase().includes(text) || value.toLowerCase().includes(text)) : values;
  }, [values, wanted]);
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 10 });
  return (
    <Section
      title={`${title}${values.length > FEW ? ` (${values.length.toLocaleString("en-US")})` : ""}`}
      actions={
        values.length > FEW && (
          <TextInput aria-label={`Find in ${title.toLowerCase()}`} placeholder="Find" value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} />
        )
      }
    >
      {values.length === 0 ? (
        <p className={classes.quiet}>{empty}</p>
      ) : (
        <div ref={box} className={classes.values} tabIndex={0}>
          {heads && (
            <div className={classes.heads} aria-hidden>
              <span className={classes.key}>Name</span>
              {heads.map((head) => (
                <span key={head} className={heads.length > 1 ? classes.column : undefined}>
                  {head}
                </span>
              ))}
            </div>
          )}
          <dl style={{ position: "relative", height: rows.getTotalSize(), margin: 0 }}>
            {rows.getVirtualItems().map(({ index, start }) => {
              const { key, text, more = [] } = shown[index]!;
              return (
                <div key={key} className={classes.value} style={{ position: "absolute", transform: `translateY(${start}px)` }}>
                  <dt className={classes.key} title={key}>
                    {key}
                  </dt>
                  <dd className={more.length > 0 ? classes.column : classes.text} title={text.length > LONG ? undefined : text}>
                    {text.length > LONG ? (
                      <button type="button" className={classes.long} aria-label={`${key}: show all of it`} title="Show all of it" onClick={() => setOpened({ key, text })}>
                        {text.slice(0, MOST_SHOWN)}
                      </button>
                    ) : (
                      text
                    )}
                  </dd>
                  {more.map((part, column) => (
                    <dd key={column} className={classes.column} data-quiet>
                      {part && (
                        <>
                          <span className={classes.spoken}>{heads?.[column + 1]} </span>
                          {part}
                        </>
                      )}
                    </dd>
                  ))}
                </div>
              );
            })}
          </dl>
        </div>
      )}
      {opened && (
        <Dialog title={opened.key} size="lg" onClose={() => setOpened(null)}>
          <div className={classes.whole}>
            <Code text={opened.text} />
          </div>
        </Dialog>
      )}
    </Section>
  );
}
