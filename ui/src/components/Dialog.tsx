import { Modal } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";

interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  size?: string | number;
  children: ReactNode;
}

/** A dialog that is there while it is rendered; after it the focus is where it was. */
export function Dialog({ title, onClose, size = "md", children }: DialogProps) {
  useFocusBack();
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      {children}
    </Modal>
  );
}

/** Gives the focus back to what had it when the calling component came, once that is gone. */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // The dialog is still there, and has the focus, while React takes it away.
      setTimeout(() => {
        const isFree = document.activeElement === null || document.activeElement === document.body;
        if (isFree && before instanceof HTMLElement && before.isConnected) before.focus();
      });
    },
    [before],
  );
}
