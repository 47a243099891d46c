import { Modal } from "@mantine/core";
import { useMemo } from "react";
import { useCall } from "@/api/live";
import { Failure } from "@/components/Failure";
import { Lines } from "@/components/Lines";
import { highlightLines } from "@/files/preview/highlight";

interface DiffDialogProps {
  runId: string;
  name: string;
  onClose: () => void;
}

/** The changes that a run's commit did not have. */
export default function DiffDialog({ runId, name, onClose }: DiffDialogProps) {
  const { data, error } = useCall("get_run_context", { run_id: runId, parts: ["diff"] }, { every: false, keep: false });
  const text = data?.sessions.flatMap(({ parts = [] }) => parts).find((part) => part.name === "diff")?.content ?? "";
  const lines = useMemo(() => highlightLines(text, "diff"), [text]);
  return (
    <Modal opened onClose={onClose} size="80%" title={`Uncommitted changes of ${name}`} closeButtonProps={{ "aria-label": "Close" }}>
      <div style={{ height: "70vh" }}>
        {error ? <Failure error={error} /> : <Lines lines={lines} show={(line) => <span dangerouslySetInnerHTML={{ __html: line }} />} />}
      </div>
    </Modal>
  );
}
