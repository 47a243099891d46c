import { Slider } from "@mantine/core";
import classes from "./images.module.css";
import { placeAt } from "./series";

interface StepSliderProps {
  /** In order; at least one. */
  steps: readonly number[];
  /** The chosen step; undefined for the last one. */
  step: number | undefined;
  onMove: (step: number) => void;
  /** Called when the slider rests; with undefined at its end, where it stays while steps arrive. */
  onRest: (step: number | undefined) => void;
}

/** A slider that goes from step to step, however far they are apart. */
export function StepSlider({ steps, step, onMove, onRest }: StepSliderProps) {
  const last = steps.length - 1;
  const place = step === undefined ? last : Math.max(0, placeAt(steps, step));
  return (
    <div className={classes.steps}>
      <span>Step</span>
      {steps.length > 1 && (
        <Slider
          className={classes.slider!}
          size="xs"
          thumbLabel="Step"
          thumbValueText={(at) => `step ${steps[at]!}`}
          min={0}
          max={last}
          value={place}
          label={null}
          onChange={(next) => onMove(steps[next]!)}
          onChangeEnd={(next) => onRest(next === last ? undefined : steps[next]!)}
        />
      )}
      <output className={classes.stepNow}>{steps[place]!.toLocaleString("en-US")}</output>
    </div>
  );
}
