import { ActionIcon, Button, Modal, Select, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconExternalLink } from "@tabler/icons-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useFocusBack } from "@/components/Dialog";
import { viewUrl } from "@/files/content";
import type { ChartRun } from "../runs";
import classes from "./ImageViewer.module.css";
import { Loaded } from "./Picture";
import { useRunImages } from "./reading";
import { nearest, placeAt } from "./series";
import { StepSlider } from "./StepSlider";

interface ImageViewerProps {
  imageKey: string;
  experimentIds: readonly string[];
  /** Those that have the series. */
  runs: readonly ChartRun[];
  color: (id: string) => string;
  /** The steps of all of them, in order. */
  steps: readonly number[];
  /** What is shown at first. */
  first: { runId: string; step: number };
  onClose: () => void;
}

/** An image as large as the window: arrow keys go through steps and runs, and another run stands beside. */
export default function ImageViewer({ imageKey, experimentIds, runs, color, steps, first, onClose }: ImageViewerProps) {
  useFocusBack();
  const box = useRef<HTMLDivElement>(null);
  const [runId, setRunId] = useState(first.runId);
  const [step, setStep] = useState(first.step);
  const [besideId, setBesideId] = useState<string | null>(null);
  const shown = useMemo(() => runs.filter(({ id }) => id === runId || id === besideId), [runs, runId, besideId]);
  const imagesOf = useRunImages(experimentIds, imageKey, shown);
  const place = Math.max(0, placeAt(steps, step));
  const runPlace = runs.findIndex(({ id }) => id === runId);
  const goStep = (by: number): void => setStep(steps[Math.min(steps.length - 1, Math.max(0, place + by))]!);
  const goRun = (by: number): void => setRunId(runs[Math.min(runs.length - 1, Math.max(0, runPlace + by))]!.id);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const { target } = event;
    if (target instanceof HTMLElement && (target.closest("[role=slider]") || target.closest("input"))) return;
    const act = { ArrowRight: () => goStep(1), ArrowLeft: () => goStep(-1), ArrowDown: () => goRun(1), ArrowUp: () => goRun(-1) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  // The arrow keys are those of the images again.
  const choose = <T,>(set: (value: T) => void, value: T): void => {
    set(value);
    box.current?.focus();
  };
  const names = useMemo(() => runs.map(({ id, name }) => ({ value: id, label: name })), [runs]);
  return (
    <Modal.Root opened onClose={onClose} fullScreen>
      <Modal.Overlay />
      <Modal.Content aria-label={`Images of ${imageKey}`} className={classes.content!}>
        <div className={classes.viewer} onKeyDown={onKeyDown}>
          <header className={classes.head}>
            <h2 title={imageKey}>{imageKey}</h2>
            <Select aria-label="Run" size="xs" searchable limit={100} allowDeselect={false} data={names} value={runId} onChange={(id) => choose(setRunId, id ?? runId)} />
            <Select
              aria-label="Run beside"
              placeholder="Beside: no other run"
              size="xs"
              searchable
              clearable
              limit={100}
              data={names.filter(({ value }) => value !== runId)}
              value={besideId}
              onChange={(id) => choose(setBesideId, id)}
            />
            <Modal.CloseButton aria-label="Close" />
          </header>
          <div ref={box} className={classes.images} tabIndex={-1} data-autofocus>
            {[runId, ...(besideId && besideId !== runId ? [besideId] : [])].map((id) => {
              const run = runs.find((one) => one.id === id)!;
              const series = imagesOf(id);
              const image = series && nearest(series, step);
              const label = `${imageKey} of ${run.name}${image ? ` at step ${image.step}` : ""}`;
              return (
                <figure key={id} className={classes.figure}>
                  <div className={classes.frame}>
                    {image ? <Loaded src={viewUrl({ run_id: id }, image.path)} alt={label} isSharp /> : series !== undefined && <span>none yet</span>}
                  </div>
                  <figcaption>
                    <i style={{ background: color(run.group ?? id) }} />
                    <span className={classes.name}>{run.name}</span>
                    {image && <span className={classes.at}>step {image.step.toLocaleString("en-US")}</span>}
                    {image && (
                      <Tooltip label="Open the file">
                        <ActionIcon component="a" href={viewUrl({ run_id: id }, image.path)} target="_blank" rel="noreferrer noopener" aria-label={`Open the file of ${run.name}`}>
                          <IconExternalLink size={15} />
                        </ActionIcon>
                      </Tooltip>
                    )}
                  </figcaption>
                </figure>
              );
            })}
          </div>
          <footer className={classes.foot}>
            <Button variant="default" size="compact-sm" leftSection={<IconChevronLeft size={14} />} disabled={place === 0} onClick={() => goStep(-1)}>
              Previous
            </Button>
            <StepSlider steps={steps} step={steps[place]} onMove={setStep} onRest={(at) => setStep(at ?? steps.at(-1)!)} />
            <Button variant="default" size="compact-sm" rightSection={<IconChevronRight size={14} />} disabled={place === steps.length - 1} onClick={() => goStep(1)}>
              Next
            </Button>
            <span className={classes.keys}>← → steps · ↑ ↓ runs</span>
          </footer>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
