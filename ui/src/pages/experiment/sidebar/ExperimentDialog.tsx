import { Button } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call, CallError } from "@/api/client";
import { queryClient, useCall } from "@/api/live";
import type { Experiment } from "@/api/types";
import { notify } from "@/app/notices";
import { Dialog } from "@/components/Dialog";
import { DialogButtons } from "@/components/DialogForm";
import { NameDialog } from "@/components/NameDialog";
import { countRuns } from "../table/bulk";
import { type Question, restoreExperiment } from "./ExperimentMenu";

/** Asks for the name of an experiment, or whether it is to be deleted. */
export default function ExperimentDialog({ dialog, onClose }: { dialog: Question; onClose: () => void }) {
  if (dialog.kind === "delete") return <DeleteDialog experiment={dialog.experiment} onClose={onClose} />;
  const experiment = dialog.kind === "rename" ? dialog.experiment : null;
  const folder = dialog.kind === "create" && dialog.folder ? `${dialog.folder}/` : "";
  return <ExperimentName experiment={experiment} begun={experiment?.name ?? folder} onClose={onClose} />;
}

function ExperimentName({ experiment, begun, onClose }: { experiment: Experiment | null; begun: string; onClose: () => void }) {
  const navigate = useNavigate();
  const save = async (name: string): Promise<void> => {
    if (experiment) await call("update_experiment", { experiment_id: experiment.experiment_id, new_name: name });
    else {
      const { experiment_id } = await call("create_experiment", { name });
      void navigate({ to: "/experiments/$experimentId", params: { experimentId: experiment_id }, search: {} });
    }
    void queryClient.invalidateQueries();
  };
  return (
    <NameDialog
      title={experiment ? "Rename the experiment" : "Create an experiment"}
      label={experiment ? "Rename" : "Create"}
      description="A / makes folders: vision/classify"
      begun={begun}
      onName={save}
      onClose={onClose}
    />
  );
}

function DeleteDialog({ experiment, onClose }: { experiment: Experiment; onClose: () => void }) {
  const { experiment_id, name } = experiment;
  const [error, setError] = useState("");
  const navigate = useNavigate();
  const { experimentId } = useParams({ strict: false });
  const { data } = useCall("count_runs", { experiment_ids: [experiment_id] });
  const remove = async (): Promise<void> => {
    try {
      await call("delete_experiment", { experiment_id });
    } catch (failure) {
      return setError(failure instanceof CallError ? failure.message : String(failure));
    }
    if (experimentId?.split(",").includes(experiment_id)) void navigate({ to: "/" });
    void queryClient.invalidateQueries();
    notify(`Deleted ${name}`, { action: { label: "Undo", run: () => void restoreExperiment(experiment) } });
    onClose();
  };
  return (
    <Dialog onClose={onClose} title={`Delete ${name}?`}>
      <p>{data?.count ? `Its ${countRuns(data.count)} ${data.count === 1 ? "goes" : "go"} with it. ` : ""}Until somebody collects garbage, all of it can be restored.</p>
      {error && <p role="alert">{error}</p>}
      <DialogButtons onClose={onClose} isSafe>
        <Button color="red" onClick={() => void remove()}>
          Delete
        </Button>
      </DialogButtons>
    </Dialog>
  );
}
