import { Tabs } from "@mantine/core";
import { type ReactNode, Suspense, useEffect, useRef } from "react";
import classes from "./PageTabs.module.css";

export interface PageTab<T extends string> {
  value: T;
  label: string;
  /** Whether its content takes all of the room and scrolls by itself (default: the tab scrolls it). */
  fills?: boolean;
  show: () => ReactNode;
}

interface PageTabsProps<T extends string> {
  tabs: readonly PageTab<T>[];
  value: T;
  onChange: (value: T) => void;
}

/** The tabs of a page that fills, of which the chosen one alone is there. */
export function PageTabs<T extends string>({ tabs, value, onChange }: PageTabsProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  // Where there are more tabs than fit, the chosen one is in sight.
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [value]);
  return (
    <Tabs value={value} onChange={(next) => onChange(next as T)} keepMounted={false} className={classes.tabs!}>
      <Tabs.List px="sm" ref={list} className={classes.list!}>
        {tabs.map(({ value: name, label }) => (
          <Tabs.Tab key={name} value={name}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ value: name, fills = false, show }) => (
        // What scrolls takes the focus, so that the keyboard can scroll it.
        <Tabs.Panel key={name} value={name} className={fills ? classes.fill! : classes.scroll!} {...(fills ? {} : { tabIndex: 0 })}>
          {name === value && <Suspense>{show()}</Suspense>}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
