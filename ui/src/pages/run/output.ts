/** What a run prints, read as it comes. */

import { useEffect, useRef, useState } from "react";
import { call, CallError } from "@/api/client";
import { LIVE } from "@/api/live";
import type { OutputChunk } from "@/api/types";

export interface Line {
  text: string;
  stream: string;
}

export interface Output {
  lines: readonly Line[];
  /** Whether nothing follows. */
  isOver: boolean;
  isRead: boolean;
  error: CallError | null;
}

/** Follows the output of a run: what it has printed so far, and what it prints from now on. */
export function useOutput(runId: string): Output {
  const [output, setOutput] = useState<Output>({ lines: [], isOver: false, isRead: false, error: null });
  const log = useRef<LineLog>(new LineLog());
  useEffect(() => {
    const ended = new AbortController();
    log.current = new LineLog();
    setOutput({ lines: [], isOver: false, isRead: false, error: null });
    void (async () => {
      let after = 0;
      let isOver = false;
      while (!ended.signal.aborted && !isOver) {
        try {
          const page = await call("get_run_output", { run_id: runId, after }, ended.signal);
          after = page.next;
          isOver = page.is_over;
          for (const chunk of page.chunks) log.current.add(chunk);
          if (page.chunks.length > 0 || isOver || after === 0) {
            setOutput({ lines: log.current.lines(), isOver, isRead: true, error: null });
          }
          if (page.chunks.length > 0) continue; // there may be more
        } catch (error) {
          if (ended.signal.aborted) return;
          if (!(error instanceof CallError)) throw error;
          setOutput((before) => ({ ...before, error }));
          if (error.status >= 400 && error.status < 500) return;
        }
        await new Promise((resolve) => setTimeout(resolve, document.hidden ? 5 * LIVE : LIVE));
      }
    })();
    return () => ended.abort();
  }, [runId]);
  return output;
}

/** Chunks of several streams made into lines; a carriage return overwrites its line, as in a terminal. */
export class LineLog {
  private readonly whole: Line[] = [];
  private readonly open = new Map<string, string>();

  add({ session, stream, text }: Pick<OutputChunk, "session" | "stream" | "text">): void {
    const name = `${session} ${stream}`;
    const lines = ((this.open.get(name) ?? "") + text).split("\n");
    this.open.set(name, lines.pop()!);
    for (const line of lines) this.whole.push({ text: overwrite(line), stream });
  }

  /** Returns the lines so far, those without an end last. */
  lines(): Line[] {
    const rest = [...this.open].filter(([, text]) => text !== "").map(([name, text]) => ({ text: overwrite(text), stream: name.split(" ")[1]! }));
    return [...this.whole, ...rest];
  }
}

function overwrite(line: string): string {
  const kept = line.replace(/\r+$/, "");
  // Escape sequences of terminals: colours, and moves of the cursor.
  // eslint-disable-next-line no-control-regex
  return kept.slice(kept.lastIndexOf("\r") + 1).replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
}
