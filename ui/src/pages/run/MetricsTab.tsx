import type { Run } from "@/api/types";

/** The curves of a run: its own metrics, or those of the machine. */
export function MetricsTab(_: { run: Run; kind: "own" | "system" }) {
  return null;
}
