import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Dialog } from "./Dialog";
import { DialogButtons } from "./DialogForm";

interface ConfirmProps {
  title: string;
  /** What the button says: the deed, not "OK". */
  label: string;
  children: ReactNode;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, label, children, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog onClose={onClose} title={title}>
      {children}
      <DialogButtons onClose={onClose} isSafe>
        <Button
          color="red"
          onClick={() => {
            onClose();
            void onConfirm();
          }}
        >
          {label}
        </Button>
      </DialogButtons>
    </Dialog>
  );
}
