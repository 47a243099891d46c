/** The small table beside the pointer: which curves are near, and what they say. One for all charts. */

import classes from "./readout.module.css";

export interface ReadoutRow {
  color: string;
  name: string;
  value: string;
  /** What stands behind the value, quietly: the value before it was smoothed, or the band. */
  more?: string;
}

let box: HTMLElement | null = null;

/**
 * Shows rows beside a place of the window, the first one marked.
 *
 * @param note What follows the rows, such as how many more there are.
 * @param around What the rows must not stand in: a hand covers what is below its finger.
 */
export function showReadout(head: string, rows: readonly ReadoutRow[], left: number, top: number, note = "", around?: DOMRect): void {
  box ??= makeBox();
  const lines = rows.map(({ color, name, value, more }) => {
    const dot = element("i", "");
    dot.style.background = color;
    const label = element("span", name);
    label.prepend(dot);
    const quiet = element("small", more ?? "");
    const line = element("div", "");
    line.append(label, element("b", value), quiet);
    return line;
  });
  box.replaceChildren(element("header", head), ...lines, ...(note ? [element("footer", note)] : []));
  box.hidden = false;
  const { offsetWidth: width, offsetHeight: height } = box;
  if (around) {
    const middle = Math.min(left - width / 2, window.innerWidth - width - 4);
    const above = around.top - height - 8;
    move(middle, above < 4 ? around.bottom + 8 : above);
    return;
  }
  const beside = left + 16 + width > window.innerWidth ? left - 16 - width : left + 16;
  move(beside, Math.min(top + 12, window.innerHeight - height - 8));
}

function move(left: number, top: number): void {
  box!.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
}

export function hideReadout(): void {
  if (box) box.hidden = true;
}

function makeBox(): HTMLElement {
  const made = element("div", "");
  made.className = classes.readout!;
  made.setAttribute("aria-hidden", "true"); // the table beside the charts says the same
  document.body.append(made);
  return made;
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  return made;
}
