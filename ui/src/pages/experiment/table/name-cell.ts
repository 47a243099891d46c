/** The cell with a run's name, and with what is done to a run from there. */

import { ROOT } from "@/api/client";
import { runColor } from "@/data/run-colors";
import { describeStatus } from "@/data/statuses";
import { arrange, draw, drawIcon } from "./drawn";
import { LEAD_WIDTH, type RowState } from "./row";
import classes from "./RunsTable.module.css";

const INDENT = 16;

/** Children of children of children...: so many levels are told apart by where they begin. */
const MOST_INDENTS = 8;

export class NameCell {
  readonly root = draw("div", { role: "gridcell" });
  private readonly coming = draw("span", { class: classes.coming! });
  private readonly color = draw("button", { type: "button", tabindex: "-1", class: classes.color!, "data-do": "hide" });
  private readonly expander = draw("button", { type: "button", tabindex: "-1", class: classes.expander!, "data-do": "expand" });
  private readonly name = draw("a", { class: classes.name!, tabindex: "-1", "data-do": "follow" });
  private readonly children = draw("span", { class: classes.children! });
  private readonly status = draw("span", { class: classes.status!, role: "img", "data-do": "menu", "data-column": "status" });

  draw(state: RowState, width: number): void {
    const { context, run, depth, isHidden, cursor } = state;
    const { root, color, name, status } = this;
    root.style("left", `${LEAD_WIDTH}px`);
    root.style("width", `${width}px`);
    root.set("class", run ? classes.nameCell : classes.cell);
    root.style("padding-left", run ? `${Math.min(depth, MOST_INDENTS) * INDENT}px` : "");
    root.set("data-cursor", run !== undefined && cursor === 0);
    if (!run) return arrange(root.element, [this.coming.element]);
    color.set("data-hidden", isHidden);
    color.style("--color", runColor(run.id, context.scheme));
    color.set("title", isHidden ? "Show in the charts" : "Hide in the charts");
    color.set("aria-label", `${isHidden ? "Show" : "Hide"} ${run.name} in the charts`);
    color.say("aria-pressed", !isHidden);
    name.set("href", `${ROOT}#/experiments/${run.experimentId}/runs/${run.id}`);
    name.set("title", run.name);
    name.write(run.name);
    const condition = run.isLost ? "LOST" : run.status;
    status.set("data-status", condition);
    status.set("title", describeStatus(condition));
    status.set("aria-label", describeStatus(condition));
    const beside = context.isTree && run.children > 0 ? this.drawChildren(state, run.children, run.name) : null;
    arrange(root.element, [color.element, ...(beside ? [beside.before] : []), name.element, ...(beside ? [beside.after] : []), status.element]);
  }

  private drawChildren({ isOpen }: RowState, count: number, name: string): { before: Element; after: Element } {
    const { expander, children } = this;
    if (!expander.element.firstChild) expander.element.append(drawIcon("M9 6l6 6l-6 6", 13));
    expander.set("data-open", isOpen);
    expander.set("aria-label", `${isOpen ? "Close" : "Open"} the ${count} runs below ${name}`);
    children.write(String(count));
    return { before: expander.element, after: children.element };
  }
}
