import { useNavigate } from "@tanstack/react-router";
import { call } from "@/api/client";
import { notify } from "@/app/notices";
import { NameDialog } from "@/components/NameDialog";
import { refresh } from "./changes";

/** Asks for another name of a model, and renames it. */
export function RenameModel({ name, onClose }: { name: string; onClose: () => void }) {
  const navigate = useNavigate();
  const rename = async (newName: string): Promise<void> => {
    await call("rename_registered_model", { name, new_name: newName });
    notify(`Renamed to ${newName}`);
    void navigate({ to: "/models/$name", params: { name: newName } });
    void refresh();
  };
  return <NameDialog title={`Rename ${name}`} label="Rename" begun={name} onName={rename} onClose={onClose} />;
}
