import { Select } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import type { ImageKey } from "@/api/types";
import { formatCount } from "@/data/numbers";
import { ChartCard, ChartNote } from "../ChartCard";
import { type ChartRun, useColors } from "../runs";
import type { ChangeCharts, ChartState } from "../state";
import classes from "./images.module.css";
import { RunTiles } from "./RunTiles";
import { StepSlider } from "./StepSlider";
import { StepTiles } from "./StepTiles";
import { useCommonStep, usePaced } from "./steps";

const ImageViewer = lazy(() => import("./ImageViewer"));

interface ImagesPanelProps {
  /** Name of the series. */
  imageKey: string;
  /** What is known of it; undefined if none of the runs has it. */
  known: ImageKey | undefined;
  experimentIds: readonly string[];
  runs: readonly ChartRun[];
  state: ChartState;
  change: ChangeCharts;
  /** Pixels of the panel's width. */
  width: number;
  /** Pixels of its height; not given where it fills the page. */
  height?: number | undefined;
  isFocused: boolean;
  onFocus: () => void;
}

const HEAD = 32 + 32 + 1; // the card's, and the slider's line
const BELOW = 22; // the scroll bar, and the border of the card
const CAPTION = 38;
const ALL = "";

/** A series of images: of all runs at one step, or of one run at all steps. */
export default function ImagesPanel({ imageKey, known, experimentIds, runs, state, change, width, height, ...card }: ImagesPanelProps) {
  const color = useColors(runs);
  const having = useMemo(() => {
    const ids = new Set(known?.run_ids);
    return runs.filter(({ id }) => ids.has(id));
  }, [known, runs]);
  const { step, onMove, onRest } = useCommonStep(state, change);
  const steps = known?.steps ?? [];
  const shownStep = usePaced(step ?? steps.at(-1) ?? 0);
  const [opened, setOpened] = useState<{ runId: string; step: number } | null>(null);
  const run = state.imageRun === undefined ? undefined : having.find(({ id }) => id === state.imageRun);
  const isWrapped = card.isFocused;
  const side = height && !isWrapped ? Math.max(64, height - HEAD - BELOW - CAPTION) : 232;
  const tile = useMemo(() => ({ width: side, height: side + CAPTION }), [side]);
  const shared = { imageKey, experimentIds, step: shownStep, tile, room: width - 2, isWrapped };
  return (
    <ChartCard {...card} title={imageKey}>
      {!known || !having.length ? (
        <ChartNote>{runs.length === 1 ? "The run has" : `None of the ${formatCount(runs.length)} runs has`} images of this name.</ChartNote>
      ) : (
        <div className={classes.panel}>
          <div className={classes.bar}>
            <Select
              size="xs"
              variant="unstyled"
              className={classes.choice!}
              aria-label="Runs of the images"
              searchable
              limit={100}
              allowDeselect={false}
              comboboxProps={{ width: 260, position: "bottom-start" }}
              data={[
                { value: ALL, label: having.length === 1 ? "1 run" : `All ${formatCount(having.length)} runs` },
                { group: "All steps of", items: having.map(({ id, name }) => ({ value: id, label: name })) },
              ]}
              value={run?.id ?? ALL}
              onChange={(id) => change({ imageRun: id || undefined })}
            />
            <StepSlider steps={steps} step={step} onMove={onMove} onRest={onRest} />
          </div>
          {run ? (
            <StepTiles key={run.id} {...shared} run={run} onOpen={(at) => setOpened({ runId: run.id, step: at })} />
          ) : (
            <RunTiles {...shared} runs={having} color={color} onOpen={(runId) => setOpened({ runId, step: shownStep })} onRun={(id) => change({ imageRun: id })} />
          )}
        </div>
      )}
      {opened && (
        <Suspense>
          <ImageViewer
            imageKey={imageKey}
            experimentIds={experimentIds}
            runs={having}
            color={color}
            steps={steps}
            first={opened}
            onClose={() => setOpened(null)}
          />
        </Suspense>
      )}
    </ChartCard>
  );
}
