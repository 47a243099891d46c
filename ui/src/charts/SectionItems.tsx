import { Menu } from "@mantine/core";
import { IconArrowBarToUp, IconArrowDown, IconArrowUp, IconFolderPlus, IconPencil, IconTrash } from "@tabler/icons-react";
import { describe, moveSection, removeSection } from "./arrangement";
import type { Board } from "./board";
import type { Section } from "./layout";

/** The items of a section's menu: where it stands, and what becomes of one that was made by hand. */
export default function SectionItems({ section: { name, isOwn }, board }: { section: Section; board: Board }) {
  const { rows, sections } = board.now();
  const shown = rows.flatMap((row) => (row.kind === "heads" ? row.sections.map((one) => one.name) : []));
  const at = shown.indexOf(name);
  const move = (beside: string | undefined, isBehind: boolean, where: string): void => {
    if (beside !== undefined) board.change(describe(moveSection(board.now().sections, name, beside, isBehind)), `Section ${name} is ${where}`);
  };
  return (
    <>
      <Menu.Item leftSection={<IconArrowUp size={14} />} disabled={at < 1} onClick={() => move(shown[at - 1], false, `before ${shown[at - 1]}`)}>
        Move up
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowDown size={14} />} disabled={at < 0 || at === shown.length - 1} onClick={() => move(shown[at + 1], true, `behind ${shown[at + 1]}`)}>
        Move down
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowBarToUp size={14} />} disabled={at < 1} onClick={() => move(shown[0], false, "on top")}>
        Move to the top
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item leftSection={<IconFolderPlus size={14} />} onClick={() => board.ask({ kind: "section" })}>
        New section
      </Menu.Item>
      {isOwn && (
        <>
          <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => board.ask({ kind: "rename", section: name })}>
            Rename
          </Menu.Item>
          <Menu.Item
            leftSection={<IconTrash size={14} />}
            onClick={() => board.changeWithUndo(describe(removeSection(sections, name)), `Section ${name} was removed; its charts are in their own places again.`)}
          >
            Remove the section
          </Menu.Item>
        </>
      )}
    </>
  );
}
