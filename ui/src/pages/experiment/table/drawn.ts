/**
 * Elements that the table draws itself.
 *
 * A table has a thousand cells in sight, and all of them change when its order does or somebody scrolls: React takes
 * 20 ms to find out what became of each, which is longer than a frame. Here each cell knows what it shows, and writes
 * what is different.
 */

const SVG = "http://www.w3.org/2000/svg";

type Value = string | number | boolean | undefined;

/** An element of which only what changes is written. */
export class Drawn<E extends HTMLElement = HTMLElement> {
  private readonly written = new Map<string, Value>();

  constructor(readonly element: E) {}

  /** Sets an attribute; true is written as such, and undefined and false take the attribute away. */
  set(name: string, value: Value): void {
    if (this.written.get(name) === value) return;
    this.written.set(name, value);
    if (value === undefined || value === false) this.element.removeAttribute(name);
    else this.element.setAttribute(name, String(value));
  }

  /** Sets an attribute that says yes or no. */
  say(name: `aria-${string}`, value: boolean | undefined): void {
    this.set(name, value === undefined ? undefined : String(value));
  }

  /** Sets a property of its style. */
  style(name: string, value: string): void {
    const key = `style ${name}`;
    if (this.written.get(key) === value) return;
    this.written.set(key, value);
    this.element.style.setProperty(name, value);
  }

  /** Sets its text. */
  write(text: string): void {
    if (this.written.get("text") === text) return;
    this.written.set("text", text);
    const node = this.element.firstChild as Text | null;
    if (node) node.data = text;
    else this.element.append(text);
  }
}

/** Makes an element with these attributes. */
export function draw<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string> = {}): Drawn<HTMLElementTagNameMap[K]> {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return new Drawn(element);
}

/** Puts elements into another one, in this order; those that stand there rightly are left alone. */
export function arrange(parent: Element, children: Iterable<Element>): void {
  let place = parent.firstChild;
  for (const child of children) {
    if (child === place) place = place.nextSibling;
    else parent.insertBefore(child, place);
  }
  while (place) {
    const next: ChildNode | null = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Makes an icon of one line, as Tabler's icons are drawn. */
export function drawIcon(path: string, size: number): SVGSVGElement {
  const icon = drawSvg({ width: size, height: size, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" });
  icon.append(drawPath(path));
  return icon;
}

/** Makes a drawing with these attributes. */
export function drawSvg(attributes: Record<string, string | number>): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ "aria-hidden": "true", ...attributes })) svg.setAttribute(name, String(value));
  return svg;
}

/** Makes a line of a drawing. */
export function drawPath(path: string): SVGPathElement {
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  return line;
}
