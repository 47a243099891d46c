import { TextInput } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { Section } from "@/components/Section";
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

/** Names and values, however many, with a field that finds some. */
export function Values({ title, values, empty, heads }: ValuesProps) {
  const [wanted, setWanted] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    return text ? values.filter(({ key, text: value }) => key.toLowerCase().includes(text) || value.toLowerCase().includes(text)) : values;
  }, [values, wanted]);
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => box.current, estimateSize: () => 28, overscan: 10 });
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
                  <dd className={more.length > 0 ? classes.column : classes.text} title={text}>
                    {text}
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
    </Section>
  );
}
