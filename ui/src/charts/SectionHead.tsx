import { ActionIcon, Menu } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconDots, IconGripVertical } from "@tabler/icons-react";
import { lazy, Suspense, useContext } from "react";
import { formatCount } from "@/data/numbers";
import { BoardContext } from "./board";
import type { Section } from "./layout";
import classes from "./SectionHead.module.css";

const SectionItems = lazy(() => import("./SectionItems"));
const HiddenItems = lazy(() => import("./HiddenItems"));

interface SectionHeadProps {
  section: Section;
  onToggle: (name: string) => void;
}

/** The head of a section: it is folded by a click, moved by dragging or by its menu, and tells how many charts are hidden. */
export function SectionHead({ section, onToggle }: SectionHeadProps) {
  const board = useContext(BoardContext)!;
  const { name, count, hidden, isOpen } = section;
  const Arrow = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div className={classes.head} data-section={name}>
      <span
        className={classes.grip}
        aria-hidden
        onPointerDown={(event) => {
          if (event.button === 0) void import("./drag").then(({ dragSection }) => dragSection(board, name, event.nativeEvent));
        }}
      >
        <IconGripVertical size={13} />
      </span>
      <h2>
        <button type="button" aria-expanded={isOpen} onClick={() => onToggle(name)}>
          <Arrow size={14} />
          <b>{name}</b>
          <span>{formatCount(count)}</span>
        </button>
      </h2>
      {hidden.length > 0 && (
        <Menu position="bottom-start">
          <Menu.Target>
            <button type="button" className={classes.hidden}>
              {formatCount(hidden.length)} hidden
            </button>
          </Menu.Target>
          <Menu.Dropdown className={classes.list!}>
            <Suspense>
              <HiddenItems charts={hidden} board={board} />
            </Suspense>
          </Menu.Dropdown>
        </Menu>
      )}
      <Menu position="bottom-start">
        <Menu.Target>
          <ActionIcon className={classes.menu!} aria-label={`Arrange section ${name}`}>
            <IconDots size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Suspense>
            <SectionItems section={section} board={board} />
          </Suspense>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
