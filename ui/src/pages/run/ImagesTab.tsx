import { Slider } from "@mantine/core";
import { useState } from "react";
import { CALM, useCall } from "@/api/live";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { viewUrl } from "@/files/content";
import { nearest, readSeries } from "./images";
import classes from "./run.module.css";

/** The series of images that a run logged, one picture each: that of the chosen step, or the last one before it. */
export default function ImagesTab({ runId, isLive }: { runId: string; isLive: boolean }) {
  const owner = { run_id: runId };
  const { data, error } = useCall("list_files", { ...owner, path: "images" }, { every: isLive ? CALM : false, keep: false });
  const [chosen, setChosen] = useState<number | null>(null);
  if (error && !data) return <Failure error={error} />;
  if (!data) return null;
  const series = readSeries((data.files ?? []).map(({ path }) => path));
  if (series.length === 0) return <Empty title="No series of images was logged">{'headrace.log_image(image, key="sample", step=1) puts one here.'}</Empty>;
  const steps = [...new Set(series.flatMap(({ images }) => images.map(({ step }) => step)))].sort((a, b) => a - b);
  const step = chosen ?? steps.at(-1)!;
  return (
    <>
      {steps.length > 1 && (
        <div className={classes.steps}>
          <span className={classes.quiet}>Step</span>
          <Slider
            className={classes.slider!}
            size="sm"
            thumbLabel="Step"
            min={0}
            max={steps.length - 1}
            value={steps.indexOf(step)}
            label={null}
            onChange={(index) => setChosen(steps[index]!)}
          />
          <span className={classes.stepNow}>{step.toLocaleString("en-US")}</span>
        </div>
      )}
      <div className={classes.pictures}>
        {series.map(({ key, images }) => {
          const image = nearest(images, step);
          return (
            <figure key={key} className={classes.picture}>
              {image ? (
                <a href={viewUrl(owner, image.path)} target="_blank" rel="noreferrer noopener">
                  <img src={viewUrl(owner, image.thumbnail ?? image.path)} alt={`${key} at step ${image.step}`} loading="lazy" />
                </a>
              ) : (
                <div className={classes.noPicture}>none yet</div>
              )}
              <figcaption>
                {key} <span className={classes.quiet}>{image && `step ${image.step.toLocaleString("en-US")}`}</span>
              </figcaption>
            </figure>
          );
        })}
      </div>
    </>
  );
}
