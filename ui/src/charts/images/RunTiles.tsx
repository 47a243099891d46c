import { useMemo } from "react";
import { hoveredRun } from "@/data/focus";
import { useStore } from "@/data/store";
import type { ChartRun } from "../runs";
import classes from "./images.module.css";
import { Picture } from "./Picture";
import { useRunImages } from "./reading";
import { nearest } from "./series";
import { moveBetweenTiles, useTiles } from "./tiles";

interface RunTilesProps {
  imageKey: string;
  experimentIds: readonly string[];
  /** Those that have the series. */
  runs: readonly ChartRun[];
  color: (id: string) => string;
  step: number;
  tile: { width: number; height: number };
  room: number;
  isWrapped: boolean;
  onOpen: (runId: string) => void;
  /** Shows all steps of a run. */
  onRun: (runId: string) => void;
}

/** An image of each run: that of the chosen step, or of the last step before it. */
export function RunTiles({ imageKey, experimentIds, runs, color, step, tile, room, isWrapped, onOpen, onRun }: RunTilesProps) {
  const { box, tiles, width, height } = useTiles({ count: runs.length, tile, room, isWrapped });
  // Whole blocks, so that scrolling within one asks for nothing new.
  const from = Math.floor((tiles[0]?.index ?? 0) / BLOCK) * BLOCK;
  const to = Math.ceil(((tiles.at(-1)?.index ?? -1) + 1) / BLOCK) * BLOCK;
  const inSight = useMemo(() => runs.slice(from, to), [runs, from, to]);
  const imagesOf = useRunImages(experimentIds, imageKey, inSight);
  return (
    <div ref={box} className={classes.scroll} data-wrapped={isWrapped || undefined} onKeyDown={moveBetweenTiles}>
      <div className={classes.tiles} style={{ width, height }} role="list" aria-label={`${imageKey} by run`}>
        {tiles.map(({ index, x, y }) => {
          const { id, name, group } = runs[index]!;
          const series = imagesOf(id);
          const image = series && (nearest(series, step) ?? null);
          return (
            <Marked key={id} id={id} style={{ width: tile.width, height: tile.height, transform: `translate(${x}px, ${y}px)` }}>
              <Picture runId={id} image={image} label={`${imageKey} of ${name}${image ? ` at step ${image.step}` : ""}`} onOpen={() => onOpen(id)} />
              <button type="button" className={classes.run} title={name} aria-label={`${name}: all steps`} onClick={() => onRun(id)}>
                <i style={{ background: color(group ?? id) }} />
                <span>{name}</span>
              </button>
              <span className={classes.at}>{image && image.step !== step ? `step ${image.step.toLocaleString("en-US")}` : ""}</span>
            </Marked>
          );
        })}
      </div>
    </div>
  );
}

const BLOCK = 10;

function Marked({ id, style, children }: { id: string; style: React.CSSProperties; children: React.ReactNode }) {
  const isMarked = useStore(hoveredRun, (hovered) => hovered === id);
  return (
    <div
      role="listitem"
      className={classes.tile}
      style={style}
      data-marked={isMarked || undefined}
      onPointerEnter={() => hoveredRun.set(id)}
      onPointerLeave={() => hoveredRun.set(null)}
    >
      {children}
    </div>
  );
}
