import { Button, Group, TextInput } from "@mantine/core";
import { IconFolder } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { Dialog } from "@/components/Dialog";
import { addSection, ADDED, type ArrangedSection, describe, moveChart, renameSection } from "./arrangement";
import classes from "./ArrangeDialog.module.css";
import type { Board, Question } from "./board";
import { titleOf } from "./layout";

interface ArrangeDialogProps {
  question: Question;
  board: Board;
  onClose: () => void;
}

/** Asks to which section a chart shall go, or for the name of one. */
export default function ArrangeDialog({ question, board, onClose }: ArrangeDialogProps) {
  if (question.kind === "move") return <MoveDialog chart={question.chart} board={board} onClose={onClose} />;
  const isNew = question.kind === "section";
  const name = isNew ? "" : question.section;
  const save = (next: string): void => {
    const { sections, state } = board.now();
    const changes = describe(isNew ? addSection(sections, next) : renameSection(sections, name, next));
    const toggled = state.toggled?.map((one) => (one === name ? next : one));
    board.change({ ...changes, ...(toggled ? { toggled } : {}) }, isNew ? `Section ${next} was made` : `The section is named ${next} now`);
    if (isNew) board.now().scroll.scrollTop = 0;
    onClose();
  };
  return (
    <Dialog title={isNew ? "New section" : `Rename section ${name}`} onClose={onClose} size="sm">
      <NameForm label={isNew ? "Create" : "Rename"} name={name} taken={namesOf(board.now().sections)} onName={save} />
    </Dialog>
  );
}

function MoveDialog({ chart, board, onClose }: { chart: string; board: Board; onClose: () => void }) {
  const { sections, rows } = board.now();
  const own = sections.find(({ charts }) => charts.includes(chart))?.name;
  const shown = rows.flatMap((row) => (row.kind === "heads" ? row.sections.map(({ name }) => name) : []));
  const offered = [...new Set([ADDED, ...shown])].filter((name) => name !== own);
  const move = (section: string): void => {
    board.arrange(moveChart(board.now().sections, chart, { section }), { chart, focus: "menu" });
    onClose();
  };
  return (
    <Dialog title={`Move ${titleOf(chart)} to a section`} onClose={onClose} size="sm">
      <NameForm label="Create and move" placeholder="New section" name="" taken={[]} onName={move} />
      <ul className={classes.sections}>
        {offered.map((name) => (
          <li key={name}>
            <Button variant="subtle" color="gray" fullWidth justify="start" leftSection={<IconFolder size={14} />} onClick={() => move(name)}>
              {name}
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

interface NameFormProps {
  label: string;
  placeholder?: string;
  name: string;
  taken: readonly string[];
  onName: (name: string) => void;
}

function NameForm({ label, placeholder, name, taken, onName }: NameFormProps) {
  const [typed, setTyped] = useState(name);
  const next = typed.trim();
  const isTaken = next !== name && taken.includes(next);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (next && !isTaken) onName(next);
  };
  return (
    <form onSubmit={submit}>
      <Group wrap="nowrap" align="start" gap={8}>
        <TextInput
          style={{ flex: 1 }}
          data-autofocus
          aria-label="Name of the section"
          placeholder={placeholder ?? "Name"}
          value={typed}
          error={isTaken ? "There is a section of this name." : undefined}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!next || next === name || isTaken}>
          {label}
        </Button>
      </Group>
    </form>
  );
}

function namesOf(sections: readonly ArrangedSection[]): string[] {
  return sections.map(({ name }) => name);
}
