import { useMemo } from "react";
import type { ChartRun } from "../runs";
import classes from "./images.module.css";
import { Picture } from "./Picture";
import { useRunImages } from "./reading";
import { imageAt, placeAt } from "./series";
import { moveBetweenTiles, useTiles } from "./tiles";

interface StepTilesProps {
  imageKey: string;
  experimentIds: readonly string[];
  run: ChartRun;
  step: number;
  tile: { width: number; height: number };
  room: number;
  isWrapped: boolean;
  onOpen: (step: number) => void;
}

/** All images of a run, from step to step; that of the chosen step is marked and in sight. */
export function StepTiles({ imageKey, experimentIds, run, step, tile, room, isWrapped, onOpen }: StepTilesProps) {
  const series = useRunImages(experimentIds, imageKey, useMemo(() => [run], [run]))(run.id);
  const chosen = series ? placeAt(series.steps, step) : -1;
  const { box, tiles, width, height } = useTiles({ count: series?.steps.length ?? 0, tile, room, isWrapped, ...(chosen >= 0 ? { shown: chosen } : {}) });
  if (series === null) return <p className={classes.note}>{run.name} has no such images.</p>;
  return (
    <div ref={box} className={classes.scroll} data-wrapped={isWrapped || undefined} onKeyDown={moveBetweenTiles}>
      <div className={classes.tiles} style={{ width, height }} role="list" aria-label={`${imageKey} of ${run.name} by step`}>
        {series &&
          tiles.map(({ index, x, y }) => {
            const image = imageAt(series, index)!;
            const name = `step ${image.step.toLocaleString("en-US")}`;
            return (
              <div
                key={image.path}
                role="listitem"
                className={classes.tile}
                data-marked={index === chosen || undefined}
                style={{ width: tile.width, height: tile.height, transform: `translate(${x}px, ${y}px)` }}
              >
                <Picture runId={run.id} image={image} label={`${imageKey} of ${run.name} at step ${image.step}`} onOpen={() => onOpen(image.step)} />
                <span className={classes.run}>{name}</span>
              </div>
            );
          })}
      </div>
    </div>
  );
}
