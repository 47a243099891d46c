import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./DialogForm.module.css";

interface DialogFormProps {
  onSubmit: () => Promise<unknown>;
  onClose: () => void;
  /** What sends it: a button of type "submit", that says the deed. */
  button: ReactNode;
  /** What the button says that goes away without it. */
  away?: string;
  children: ReactNode;
}

/** The fields of a dialog, below each other, and the buttons that end it. */
export function DialogForm({ onSubmit, onClose, button, away, children }: DialogFormProps) {
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        void onSubmit();
      }}
    >
      {children}
      <DialogButtons onClose={onClose} away={away}>
        {button}
      </DialogButtons>
    </form>
  );
}

interface DialogButtonsProps {
  onClose: () => void;
  away?: string;
  /** Whether going away is what Enter does. */
  isSafe?: boolean;
  children: ReactNode;
}

/** The buttons at the end of a dialog: the one that goes away, and what else can be done. */
export function DialogButtons({ onClose, away = "Cancel", isSafe, children }: DialogButtonsProps) {
  return (
    <div className={classes.buttons}>
      <Button variant="default" onClick={onClose} data-autofocus={isSafe}>
        {away}
      </Button>
      {children}
    </div>
  );
}
