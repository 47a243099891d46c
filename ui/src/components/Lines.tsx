import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import classes from "./Lines.module.css";

interface LinesProps {
  lines: readonly string[];
  numbered?: boolean;
  /** Whether the last line is shown first. */
  startsAtEnd?: boolean;
  /** Whether the last line stays in sight while lines arrive. */
  follows?: boolean;
  /** Called when the last lines come into sight. */
  onEnd?: (() => void) | undefined;
  /** Called when the reader scrolls away from the last line. */
  onLeave?: () => void;
  /** Pixels of a line (default: 18). */
  height?: number;
  /** Shows a line (default: as it is). */
  show?: (line: string, index: number) => ReactNode;
}

/** Many lines of text, of which only those in sight are drawn. */
export function Lines({ lines, numbered = false, startsAtEnd = false, follows = false, onEnd, onLeave, height = 18, show }: LinesProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => height, overscan: 30 });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && last >= lines.length - 60) onEnd();
  }, [onEnd, last, lines.length]);
  useEffect(() => {
    if (follows || startsAtEnd) rows.scrollToIndex(lines.length - 1, { align: "end" });
  }, [follows, startsAtEnd, lines.length, rows]);
  return (
    <div
      ref={box}
      className={classes.box}
      tabIndex={0}
      role="region"
      aria-label="Text"
      onWheel={(event) => {
        if (event.deltaY < 0) onLeave?.();
      }}
      onKeyDown={(event) => {
        if (["ArrowUp", "PageUp", "Home"].includes(event.key)) onLeave?.();
      }}
    >
      <div className={classes.lines} style={{ height: rows.getTotalSize() }}>
        {items.map(({ index, start }) => (
          <div key={index} className={classes.line} style={{ height, transform: `translateY(${start}px)` }}>
            {numbered && <span className={classes.number}>{index + 1}</span>}
            <span className={classes.text}>{show ? show(lines[index]!, index) : lines[index]}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
