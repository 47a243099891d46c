import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconArrowsMaximize, IconArrowsMinimize, IconDots, IconDownload, IconPin, IconTable, IconTrash } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import classes from "./ChartCard.module.css";
import { type Exports, saveCsv, savePng, saveSvg } from "./save";

const ValuesDialog = lazy(() => import("./ValuesDialog"));

export interface ChartCardProps {
  title: string;
  /** The whole name, where the title is only a part of it. */
  name?: string;
  /** What stands in the place of the title: a choice of what is shown. */
  controls?: ReactNode;
  isFocused: boolean;
  onFocus: () => void;
  /** Puts the chart to the others that stand above. */
  onPin?: (() => void) | undefined;
  onRemove?: (() => void) | undefined;
  /** What can be saved; undefined while there is nothing. */
  exports?: Exports | undefined;
  children: ReactNode;
}

/** The frame of a chart: its title, and what can be done with it. */
export function ChartCard({ title, name = title, controls, isFocused, onFocus, onPin, onRemove, exports, children }: ChartCardProps) {
  const [isOpen, setOpen] = useState(false);
  const focusLabel = isFocused ? "Back to all charts" : "Enlarge";
  return (
    <section className={classes.card} aria-label={name} data-focused={isFocused || undefined}>
      <header className={classes.head}>
        {controls ?? <h3 title={name}>{isFocused ? name : title}</h3>}
        <div className={classes.actions}>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={`Save or arrange ${name}`}>
                <IconDots size={15} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>Save as</Menu.Label>
              <Menu.Item leftSection={<IconDownload size={14} />} disabled={!exports} onClick={() => exports && void savePng(name, exports)}>
                PNG
              </Menu.Item>
              <Menu.Item leftSection={<IconDownload size={14} />} disabled={!exports} onClick={() => exports && void saveSvg(name, exports)}>
                SVG
              </Menu.Item>
              <Menu.Item leftSection={<IconDownload size={14} />} disabled={!exports} onClick={() => exports && saveCsv(name, exports)}>
                CSV
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item leftSection={<IconTable size={14} />} disabled={!exports} onClick={() => setOpen(true)}>
                Show as a table
              </Menu.Item>
              {onPin && (
                <Menu.Item leftSection={<IconPin size={14} />} onClick={onPin}>
                  Pin to the top
                </Menu.Item>
              )}
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
      {isOpen && exports && (
        <Suspense fallback={null}>
          <ValuesDialog title={name} rows={exports.rows()} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </section>
  );
}

/** What stands in a chart's place while it has nothing to draw. */
export function ChartNote({ children }: { children: ReactNode }) {
  return <p className={classes.note}>{children}</p>;
}

/** What stands in a chart's place until its first points are there. */
export function ChartSkeleton() {
  return <div className={classes.skeleton} aria-label="Loading" role="status" />;
}
