import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconArrowsMaximize, IconArrowsMinimize, IconDots, IconGripVertical, IconTable, IconTrash } from "@tabler/icons-react";
import { type KeyboardEvent, lazy, type PointerEvent, type ReactNode, Suspense, useContext, useState } from "react";
import { moveChart } from "./arrangement";
import { type Board, BoardContext, ChartContext } from "./board";
import classes from "./ChartCard.module.css";
import { type Direction, stepPlace } from "./layout";
import { MenuLine } from "./MenuLine";
import { type Exports, saveCsv, savePng, saveSvg } from "./save";

const ArrangeItems = lazy(() => import("./ArrangeItems"));
const ValuesDialog = lazy(() => import("./ValuesDialog"));

export interface ChartCardProps {
  title: string;
  /** The whole name, where the title is only a part of it. */
  name?: string;
  /** What stands in the place of the title: a choice of what is shown. */
  controls?: ReactNode;
  isFocused: boolean;
  onFocus: () => void;
  onRemove?: (() => void) | undefined;
  /** What can be saved; undefined while there is nothing. */
  exports?: Exports | undefined;
  children: ReactNode;
}

/** The frame of a chart: its title, and what can be done with it. On a board it is moved and resized by hand. */
export function ChartCard({ title, name = title, controls, isFocused, onFocus, onRemove, exports, children }: ChartCardProps) {
  const [isOpen, setOpen] = useState(false);
  const focusLabel = isFocused ? "Back to all charts" : "Enlarge";
  const board = useContext(BoardContext);
  const chart = useContext(ChartContext);
  const isArranged = board !== null && chart !== null;
  return (
    <section className={classes.card} aria-label={name} data-focused={isFocused || undefined}>
      <header className={classes.head} {...(isArranged && dragging(board, chart))}>
        {isArranged && (
          <button type="button" className={classes.grip} data-grip aria-label={`Move ${name}`} aria-description="Arrow keys move it" onKeyDown={(event) => move(event, board, chart)}>
            <IconGripVertical size={12} />
          </button>
        )}
        {controls ?? <h3 title={name}>{isFocused ? name : title}</h3>}
        <div className={classes.actions}>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon data-menu aria-label={`Save or arrange ${name}`}>
                <IconDots size={15} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {isArranged && (
                <Suspense>
                  <ArrangeItems chart={chart} board={board} />
                </Suspense>
              )}
              <MenuLine label="Save as">
                <Menu.Item disabled={!exports} onClick={() => exports && void savePng(name, exports)}>
                  PNG
                </Menu.Item>
                <Menu.Item disabled={!exports} onClick={() => exports && void saveSvg(name, exports)}>
                  SVG
                </Menu.Item>
                <Menu.Item disabled={!exports} onClick={() => exports && saveCsv(name, exports)}>
                  CSV
                </Menu.Item>
              </MenuLine>
              <Menu.Item leftSection={<IconTable size={14} />} disabled={!exports} onClick={() => setOpen(true)}>
                Show as a table
              </Menu.Item>
              {onRemove && (
                <Menu.Item leftSection={<IconTrash size={14} />} onClick={onRemove}>
                  Remove
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
          <Tooltip label={focusLabel}>
            <ActionIcon onClick={onFocus} aria-label={`${focusLabel}: ${name}`}>
              {isFocused ? <IconArrowsMinimize size={15} /> : <IconArrowsMaximize size={15} />}
            </ActionIcon>
          </Tooltip>
        </div>
      </header>
      <div className={classes.body}>{children}</div>
      {isArranged && (
        <span
          className={classes.corner}
          aria-hidden
          onPointerDown={(event) => {
            if (event.button === 0) void import("./resize").then(({ resizeChart }) => resizeChart(board, chart, event.nativeEvent));
          }}
        />
      )}
      {isOpen && exports && (
        <Suspense fallback={null}>
          <ValuesDialog title={name} rows={exports.rows()} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </section>
  );
}

/** The head of a card is what a chart is dragged by, but for its buttons; by touch only the grip is, for the rest scrolls. */
function dragging(board: Board, chart: string) {
  return {
    "data-drags": true,
    onPointerDown: (event: PointerEvent) => {
      const nearest = (event.target as Element).closest("button, input, [role]");
      const control = nearest && event.currentTarget.contains(nearest) ? nearest : null;
      const isGrip = control?.hasAttribute("data-grip");
      if (event.button !== 0 || (control && !isGrip) || (event.pointerType === "touch" && !isGrip)) return;
      void import("./drag").then(({ dragChart }) => dragChart(board, chart, event.nativeEvent));
    },
  };
}

const DIRECTIONS: Readonly<Record<string, Direction>> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

function move(event: KeyboardEvent, board: Board, chart: string): void {
  const direction = DIRECTIONS[event.key];
  if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const { rows, sections } = board.now();
  const place = stepPlace(rows, chart, direction);
  if (place) board.arrange(moveChart(sections, chart, place), { chart, focus: "grip" });
}

/** What stands in a chart's place while it has nothing to draw. */
export function ChartNote({ children }: { children: ReactNode }) {
  return <p className={classes.note}>{children}</p>;
}

/** What stands in a chart's place until its first points are there. */
export function ChartSkeleton() {
  return <div className={classes.skeleton} aria-label="Loading" role="status" />;
}
