import { useState } from "react";
import { CALM, useCall } from "@/api/live";
import { commonSteps, nearest } from "@/charts/images/series";
import { StepSlider } from "@/charts/images/StepSlider";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { viewUrl } from "@/files/content";
import classes from "./run.module.css";

interface ImagesTabProps {
  runId: string;
  experimentId: string;
  isLive: boolean;
}

/** The series of images that a run logged, one picture each: that of the chosen step, or the last one before it. */
export default function ImagesTab({ runId, experimentId, isLive }: ImagesTabProps) {
  const owner = { run_id: runId };
  const { data, error } = useCall("get_run_images", { experiment_ids: [experimentId], run_ids: [runId] }, { every: isLive ? CALM : false, keep: false });
  const [chosen, setChosen] = useState<number>();
  if (error && !data) return <Failure error={error} />;
  if (!data) return null;
  const all = data.runs[0]?.series ?? [];
  const steps = commonSteps(all);
  if (!steps.length) return <Empty title="No series of images was logged">{'headrace.log_image(image, key="sample", step=1) puts one here.'}</Empty>;
  return (
    <>
      <StepSlider steps={steps} step={chosen} onMove={setChosen} onRest={setChosen} />
      <div className={classes.pictures}>
        {all.map((series) => {
          const image = nearest(series, chosen ?? steps.at(-1)!);
          return (
            <figure key={series.key} className={classes.picture}>
              {image ? (
                <a href={viewUrl(owner, image.path)} target="_blank" rel="noreferrer noopener">
                  <img src={viewUrl(owner, image.thumbnail)} alt={`${series.key} at step ${image.step}`} loading="lazy" />
                </a>
              ) : (
                <div className={classes.noPicture}>none yet</div>
              )}
              <figcaption>
                {series.key} <span className={classes.quiet}>{image && `step ${image.step.toLocaleString("en-US")}`}</span>
              </figcaption>
            </figure>
          );
        })}
      </div>
    </>
  );
}
