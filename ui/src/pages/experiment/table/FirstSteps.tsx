import { Button } from "@mantine/core";
import { ROOT } from "@/api/client";
import { useCall } from "@/api/live";
import { Code } from "@/components/Code";
import { Empty } from "@/components/Empty";
import { useExperimentState } from "../state";

/** What an experiment shows that has no runs: the lines that make the first one, with this server's address. */
export function FirstSteps() {
  const { experimentIds } = useExperimentState();
  const { data } = useCall("get_experiment", { experiment_id: experimentIds[0]! });
  if (!data) return null;
  if (data.experiment.lifecycle_stage === "deleted") return <DeletedExperiment />;
  const lines = [
    "import headrace",
    `headrace.set_tracking_uri(${JSON.stringify(ROOT.replace(/\/$/, ""))})`,
    `headrace.set_experiment(${JSON.stringify(data.experiment.name)})`,
    'headrace.log_metric("loss", 0.42)',
  ];
  return (
    <Empty title="No runs yet">
      <p>Run this, and the first one appears here by itself:</p>
      <Code text={lines.join("\n")} />
      <p>MLflow's own client works as well: import it in place of headrace.</p>
    </Empty>
  );
}

/** What stands there in place of the first steps if the experiment was deleted, and its runs with it. */
function DeletedExperiment() {
  const { change } = useExperimentState();
  return (
    <Empty title="This experiment was deleted">
      <p>Its runs were deleted with it, and are restored with it.</p>
      <Button variant="default" onClick={() => change({ deleted: true }, false)}>
        Show its deleted runs
      </Button>
    </Empty>
  );
}
