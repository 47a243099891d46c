import { Button, useComputedColorScheme } from "@mantine/core";
import { Fragment, useMemo, useState } from "react";
import { Markdown } from "@/components/Markdown";
import { overwrite, readAnsi } from "../ansi";
import type { Output } from "../notebook";
import { highlightLines } from "./highlight";
import classes from "./notebook.module.css";

/** What a cell of a notebook gave. */
export function NotebookOutput({ output }: { output: Output }) {
  switch (output.kind) {
    case "text":
      return <Printed text={output.text} kind={output.isError ? "stderr" : "stdout"} />;
    case "error":
      return <Printed text={output.text} kind="error" />;
    case "image":
      // As the source of an image, an SVG runs no scripts and loads nothing.
      return <img className={classes.picture} src={output.source} alt="Output of the cell" />;
    case "html":
      return <Page html={output.html} />;
    case "markdown":
      return <Markdown text={output.text} />;
    case "json":
      return <Json value={output.value} />;
    case "other":
      return (
        <p className={classes.note}>
          {output.types.length ? `This output (${output.types.join(", ")}) draws itself by scripts, which do not run here.` : "This output is empty."}
        </p>
      );
  }
}

const FIRST_LINES = 200;
const MOST_LINES = 5_000;

/** What was printed, with a terminal's colours; of much of it the beginning. */
function Printed({ text, kind }: { text: string; kind: "stdout" | "stderr" | "error" }) {
  const [isOpen, setOpen] = useState(false);
  const lines = useMemo(() => overwrite(text).replace(/\n$/, "").split("\n"), [text]);
  const shown = isOpen ? MOST_LINES : FIRST_LINES;
  const spans = useMemo(() => readAnsi(lines.slice(0, shown).join("\n")), [lines, shown]);
  const left = lines.length - shown;
  return (
    <>
      <pre className={classes.printed} data-kind={kind} tabIndex={0} role="region" aria-label={kind === "error" ? "Error" : "Output"}>
        {spans.map(({ text: part, tint, isBold }, index) =>
          tint || isBold ? (
            <span key={index} data-tint={tint} data-bold={isBold || undefined}>
              {part}
            </span>
          ) : (
            <Fragment key={index}>{part}</Fragment>
          ),
        )}
      </pre>
      {left > 0 &&
        (isOpen ? (
          <p className={classes.note}>{left.toLocaleString("en-US")} more lines: download the notebook to read them.</p>
        ) : (
          <Button variant="default" size="compact-xs" onClick={() => setOpen(true)}>
            {left.toLocaleString("en-US")} more lines
          </Button>
        ))}
    </>
  );
}

function Json({ value }: { value: unknown }) {
  const html = useMemo(() => highlightLines(JSON.stringify(value, null, 2).split("\n").slice(0, FIRST_LINES).join("\n"), "json").join("\n"), [value]);
  return <pre className={classes.printed} tabIndex={0} role="region" aria-label="Output" dangerouslySetInnerHTML={{ __html: html }} />;
}

// Beside the sandbox: a frame inherits what the page around it may load, and this takes it away again.
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:";
const ROW = 25;

/** A table or a text in HTML, in a frame of its own where no script runs and nothing is loaded. */
function Page({ html }: { html: string }) {
  const scheme = useComputedColorScheme();
  const page = useMemo(() => {
    const theme = getComputedStyle(document.documentElement);
    const [ground, text, line] = ["--ground", "--text", "--line-strong"].map((name) => theme.getPropertyValue(name).trim());
    const style =
      `:root{color-scheme:${scheme}}body{margin:4px 0;background:${ground};color:${text};font:13px/1.45 system-ui,sans-serif}` +
      `table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:3px 10px;border:0;border-bottom:1px solid ${line};text-align:right}`;
    return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta charset="utf-8"><style>${style}</style>${html}`;
  }, [html, scheme]);
  const rows = html.match(/<(tr|br|p|li|h\d|pre)\b/gi)?.length ?? 1;
  return (
    <div className={classes.frame} style={{ height: Math.min(440, 20 + ROW * rows) }}>
      <iframe sandbox="" srcDoc={page} title="Output of the cell" />
    </div>
  );
}
