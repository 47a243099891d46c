import { Portal } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconChevronDown } from "@tabler/icons-react";
import { memo, type PointerEvent, type RefObject, useRef, useState } from "react";
import { RESTS } from "@/data/window";
import { useExperimentState } from "../state";
import type { Shape } from "./cells";
import { type Column, LEAST_WIDTH, type Layout, moveColumn, NAME, type Part } from "./columns";
import { ColumnMenu } from "./ColumnMenu";
import { goodSide, orderText, parseOrder, type Order } from "./fields";
import { fittingWidth } from "./fitting";
import { rowsQuery } from "./kept-rows";
import { LEAD_WIDTH } from "./row";
import type { Query, RunRows } from "./rows";
import { MOST_SELECTED, type Selection } from "./selection";
import classes from "./Header.module.css";

interface HeaderProps {
  rows: RunRows;
  layout: Layout;
  shapes: ReadonlyMap<string, Shape>;
  /** All columns that scroll or could, in their order. */
  chosen: readonly string[];
  firstColumn: number;
  endColumn: number;
  selection: Selection;
}

/** A column that is dragged: which one, how far, and before which column of the scrolled ones it would come. */
interface Drag {
  id: string;
  by: number;
  to: number;
  /** Where the mark stands that shows this, in pixels of the part. */
  mark: number;
}

/** The heads of the columns: they order, are dragged to another place or width, and have a menu each. */
export function Header({ rows, layout, shapes, chosen, firstColumn, endColumn, selection }: HeaderProps) {
  const { experimentIds, search, change } = useExperimentState();
  const [drag, setDrag] = useState<Drag | null>(null);
  const [menu, setMenu] = useState<{ column: Column; box: DOMRect } | null>(null);
  const { pinned, scrolled } = layout;
  const left = LEAD_WIDTH + pinned.width;
  const orders = (search.order ?? []).map(parseOrder);

  const orderAfter = (column: Column, adds: boolean): string[] | undefined => {
    const next = nextOrder(orderField(column, shapes), orders, column);
    const others = adds ? orders.filter(({ field }) => field !== orderField(column, shapes)) : [];
    const all = [...others, ...(next ? [next] : [])];
    return all.length ? all.map(orderText) : undefined;
  };
  const queryOf = (order: string[] | undefined): Query => rowsQuery(experimentIds, { ...search, order: order ?? [] });
  const order = (column: Column, adds: boolean): void => {
    const order = orderAfter(column, adds);
    // The rows are asked for at once, while the URL that says so makes its way through the page.
    rows.setQuery(queryOf(order));
    change({ order });
  };
  const resize = (id: string, width: number): void => change({ widths: { ...search.widths, [id]: width } });
  const fit = (column: Column): void => resize(column.id, fittingWidth(column, rows, shapes.get(column.id)));
  const drop = (): void => {
    if (!drag) return;
    const target = scrolled.columns[drag.to]?.id;
    const to = target === undefined ? chosen.length : chosen.indexOf(target);
    const next = moveColumn(chosen, drag.id, to);
    if (next.join() !== chosen.join()) change({ columns: next });
    setDrag(null);
  };
  const acts = useRef<HeadActs>(null!);
  acts.current = {
    foresee: (column, adds) => rows.foresee(queryOf(orderAfter(column, adds))),
    order,
    openMenu: (column, box) => setMenu({ column, box }),
    resize: ({ id }, width) => resize(id, width),
    fit,
    drag: (column, by) => setDrag(dragTo(scrolled, column, by)),
    drop,
  };
  const head = (column: Column, number: number, offset: number, isMovable: boolean) => (
    <ColumnHead
      key={column.id}
      acts={acts}
      column={column}
      number={number}
      left={offset + column.left}
      isDescending={orders.find(({ field }) => field === orderField(column, shapes))?.descending}
      isNumber={shapes.get(column.id)?.isNumeric ?? (column.field.kind === "attribute" && column.id !== NAME)}
      isMovable={isMovable}
      isDragged={drag?.id === column.id}
    />
  );
  const areAll = selection.count > 0 && selection.count >= Math.min(rows.size, MOST_SELECTED);
  return (
    <div className={classes.header} role="rowgroup" data-head>
      <div className={classes.heads} role="row" aria-rowindex={1}>
        <div className={classes.pinned} style={{ width: left }} role="columnheader" aria-label="Runs">
          <Heads part={pinned} offset={LEAD_WIDTH} />
        </div>
        {visibleHeads(scrolled, firstColumn, endColumn).map(({ label, left: at, width }) => (
          <div key={at} role="columnheader" className={classes.group} data-first={at === 0 || undefined} style={{ left: left + at, width }} aria-label={label || "Attributes"}>
            <span style={{ left: left + 8 }}>{label}</span>
          </div>
        ))}
      </div>
      <div className={classes.columns} role="row" aria-rowindex={2}>
        <div className={classes.pinned} style={{ width: left }}>
          <div role="columnheader" className={classes.lead}>
            <input
              type="checkbox"
              aria-label={selection.count ? "Select no runs" : "Select the runs that are shown"}
              checked={areAll}
              ref={(box) => {
                if (box) box.indeterminate = selection.count > 0 && !areAll;
              }}
              onChange={selection.toggleAll}
            />
          </div>
          {pinned.columns.map((column, at) => head(column, at, LEAD_WIDTH, false))}
        </div>
        {scrolled.columns.slice(firstColumn, endColumn).map((column, at) => head(column, pinned.columns.length + firstColumn + at, left, true))}
        {drag && <div className={classes.mark} style={{ left: left + drag.mark }} />}
      </div>
      {menu && (
        // What is fixed in a scrolled box of its own would be placed in that box.
        <Portal>
          <ColumnMenu {...menu} layout={layout} chosen={chosen} shape={shapes.get(menu.column.id)} onFit={() => fit(menu.column)} onClose={() => setMenu(null)} />
        </Portal>
      )}
    </div>
  );
}

function Heads({ part, offset }: { part: Part; offset: number }) {
  return part.heads.map(({ label, left, width }) => (
    <span key={left} className={classes.group} data-first style={{ left: offset + left, width }}>
      <span>{label}</span>
    </span>
  ));
}

function visibleHeads(part: Part, first: number, end: number): Part["heads"] {
  const from = part.columns[first]?.left ?? 0;
  const last = part.columns[end - 1];
  const to = last ? last.left + last.width : 0;
  return part.heads.filter(({ left, width }) => left < to && left + width > from);
}

/** Returns the field that a column is ordered by: texts that are all numbers are ordered as numbers. */
export function orderField(column: Column, shapes: ReadonlyMap<string, Shape>): string {
  const { kind, of } = column.field;
  const isText = kind === "params" || kind === "tags";
  return isText && !of && shapes.get(column.id)?.isNumeric ? `number(${column.id})` : column.id;
}

/** Returns the order after a click on a head: first the good side, then the other one, then none. */
export function nextOrder(field: string, orders: readonly Order[], column: Column): Order | null {
  const now = orders.find((one) => one.field === field);
  const { kind, key } = column.field;
  const first = kind === "metrics" ? goodSide(key) !== "low" : kind === "attribute" && key === "start_time";
  if (!now) return { field, descending: first };
  return now.descending === first ? { field, descending: !first } : null;
}

function dragTo(part: Part, column: Column, by: number): Drag {
  const middle = column.left + column.width / 2 + by;
  let to = part.columns.findIndex((one) => middle < one.left + one.width / 2);
  if (to < 0) to = part.columns.length;
  return { id: column.id, by, to, mark: part.columns[to]?.left ?? part.width };
}

/** What is done at a head. */
interface HeadActs {
  /** Called when the rows are likely to be ordered by the column in a moment. */
  foresee: (column: Column, adds: boolean) => void;
  order: (column: Column, adds: boolean) => void;
  openMenu: (column: Column, box: DOMRect) => void;
  resize: (column: Column, width: number) => void;
  fit: (column: Column) => void;
  drag: (column: Column, by: number) => void;
  drop: () => void;
}

interface ColumnHeadProps {
  /** The same for as long as the table is there, so that a head is drawn anew only when it changes. */
  acts: RefObject<HeadActs>;
  column: Column;
  number: number;
  left: number;
  /** Which way the rows are ordered by it; undefined if they are not. */
  isDescending: boolean | undefined;
  isNumber: boolean;
  isMovable: boolean;
  isDragged: boolean;
}

const DRAG_STARTS = 5;


const ColumnHead = memo(function ColumnHead({ acts, column, number, left, isDescending, isNumber, isMovable, isDragged }: ColumnHeadProps) {
  const box = useRef<HTMLDivElement>(null);
  const from = useRef<number | null>(null);
  const wasDragged = useRef(false);
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [width, setWidth] = useState<number | null>(null);
  const isOrderable = column.id !== "duration";
  const openMenu = (): void => acts.current.openMenu(column, box.current!.getBoundingClientRect());
  // An index has the first rows in the order of a metric: they cost the server little, should nobody want them.
  const isForeseen = isOrderable && column.field.kind === "metrics" && !column.field.of;
  const enter = (event: PointerEvent<HTMLElement>): void => {
    if (!isForeseen || event.pointerType === "touch" || event.buttons) return;
    resting.current = setTimeout(() => acts.current.foresee(column, event.shiftKey), RESTS);
  };
  const leave = (): void => clearTimeout(resting.current);
  const down = (event: PointerEvent<HTMLElement>): void => {
    if (event.button === 0 && isOrderable) acts.current.foresee(column, event.shiftKey);
    // A finger that moves scrolls.
    if (event.button !== 0 || event.pointerType === "touch" || !isMovable) return;
    from.current = event.clientX;
    wasDragged.current = false;
  };
  const move = (event: PointerEvent<HTMLElement>): void => {
    if (from.current === null) return;
    const by = event.clientX - from.current;
    if (!wasDragged.current && Math.abs(by) < DRAG_STARTS) return;
    if (!wasDragged.current) event.currentTarget.setPointerCapture(event.pointerId);
    wasDragged.current = true;
    acts.current.drag(column, by);
  };
  const up = (): void => {
    if (wasDragged.current) acts.current.drop();
    from.current = null;
  };
  return (
    <div
      ref={box}
      role="columnheader"
      aria-colindex={number + 2}
      aria-sort={isDescending === undefined ? undefined : isDescending ? "descending" : "ascending"}
      className={classes.column}
      style={{ left, width: width ?? column.width }}
      data-number={isNumber || undefined}
      data-dragged={isDragged || undefined}
      title={column.id}
      onContextMenu={(event) => {
        event.preventDefault();
        openMenu();
      }}
    >
      <button
        type="button"
        className={classes.label}
        aria-disabled={!isOrderable || undefined}
        onPointerEnter={enter}
        onPointerLeave={leave}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onClick={(event) => {
          if (!wasDragged.current && isOrderable) acts.current.order(column, event.shiftKey);
          wasDragged.current = false;
        }}
      >
        <span>{column.label}</span>
        {isDescending !== undefined && (isDescending ? <IconArrowDown size={12} /> : <IconArrowUp size={12} />)}
      </button>
      <button type="button" className={classes.more} aria-label={`Menu of ${column.label}`} aria-haspopup="menu" onClick={openMenu}>
        <IconChevronDown size={13} />
      </button>
      <div
        className={classes.edge}
        onDoubleClick={() => acts.current.fit(column)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          from.current = event.clientX;
          setWidth(column.width);
        }}
        onPointerMove={(event) => {
          if (width !== null && from.current !== null) setWidth(Math.max(LEAST_WIDTH, Math.round(column.width + event.clientX - from.current)));
        }}
        onPointerUp={() => {
          if (width !== null && width !== column.width) acts.current.resize(column, width);
          setWidth(null);
          from.current = null;
        }}
      />
    </div>
  );
});
