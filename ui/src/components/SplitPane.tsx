import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import classes from "./SplitPane.module.css";

interface SplitPaneProps {
  left: ReactNode;
  right: ReactNode;
  /** Share of the width that the left side has; 0 and 1 leave one side out. */
  share: number;
  /** Called with the new share when the divider was let go. */
  onShare: (share: number) => void;
}

const LEAST = 0.15;

/** Two sides with a divider that is dragged, or moved with the arrow keys. */
export function SplitPane({ left, right, share, onShare }: SplitPaneProps) {
  const box = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const now = dragged ?? share;
  const place = (event: PointerEvent): number => {
    const { left: start, width } = box.current!.getBoundingClientRect();
    return clamp((event.clientX - start) / width);
  };
  const move = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowLeft" ? -0.05 : event.key === "ArrowRight" ? 0.05 : 0;
    if (by) onShare(clamp(share + by));
  };
  if (share <= 0) return <div className={classes.whole}>{right}</div>;
  if (share >= 1) return <div className={classes.whole}>{left}</div>;
  return (
    <div className={classes.box} ref={box} data-dragged={dragged !== null || undefined}>
      <div className={classes.side} style={{ width: `${now * 100}%` }}>
        {left}
      </div>
      <div
        className={classes.divider}
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the table"
        aria-valuenow={Math.round(now * 100)}
        aria-valuemin={LEAST * 100}
        aria-valuemax={100 - LEAST * 100}
        tabIndex={0}
        onKeyDown={move}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragged(share);
        }}
        onPointerMove={(event) => dragged !== null && setDragged(place(event))}
        onPointerUp={() => {
          if (dragged !== null && dragged !== share) onShare(dragged);
          setDragged(null);
        }}
      />
      <div className={classes.side} style={{ flex: 1 }}>
        {right}
      </div>
    </div>
  );
}

function clamp(share: number): number {
  return Math.round(Math.min(1 - LEAST, Math.max(LEAST, share)) * 1000) / 1000;
}
