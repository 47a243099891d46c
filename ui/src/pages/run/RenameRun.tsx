import { call } from "@/api/client";
import { queryClient } from "@/api/live";
import { notify } from "@/app/notices";
import { NameDialog } from "@/components/NameDialog";

/** Asks for another name of a run, and renames it. */
export function RenameRun({ runId, name, onClose }: { runId: string; name: string; onClose: () => void }) {
  const rename = async (newName: string): Promise<void> => {
    await call("update_run", { run_id: runId, run_name: newName });
    await queryClient.invalidateQueries();
    notify(`Renamed to ${newName}`);
  };
  return <NameDialog title="Rename the run" label="Rename" begun={name} onName={rename} onClose={onClose} />;
}
