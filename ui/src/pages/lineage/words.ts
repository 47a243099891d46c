/** What kinds and relations are called, and where a node has its page. */

import { type Icon, IconCube, IconDatabase, IconPlayerPlay, IconVersions } from "@tabler/icons-react";
import type { LineageNode } from "@/api/types";
import type { Fold, Kind, Link } from "./graph";

export const ICONS: Record<Kind, Icon> = { dataset: IconDatabase, run: IconPlayerPlay, logged_model: IconCube, model_version: IconVersions };

export const KINDS: Record<Kind, readonly [one: string, many: string]> = {
  dataset: ["data set", "data sets"],
  run: ["run", "runs"],
  logged_model: ["logged model", "logged models"],
  model_version: ["version", "versions"],
};

export function counted(kind: Kind, count: number): string {
  return `${count.toLocaleString("en-US")} ${KINDS[kind][count === 1 ? 0 : 1]}`;
}

/** Returns what stands on a link, read from left to right: "registered as". */
export function linkLabel({ relation, detail }: Pick<Link, "relation" | "detail">): string {
  switch (relation) {
    case "used":
      return detail ? `for ${detail}` : "used by";
    case "read":
      return "used by";
    case "nested":
      return "parent of";
    case "logged":
      return detail && detail !== "0" ? `logged at ${detail}` : "logged";
    case "registered":
      return "registered as";
    case "copied":
      return "copied to";
  }
}

/** Returns the name of a node, as a link to it is read. */
export function nodeName({ kind, name, version }: LineageNode): string {
  return kind === "model_version" ? `${name} version ${version ?? ""}` : name;
}

/** Returns the second line of a node: what tells it from others of its kind. */
export function nodeFacts(node: LineageNode): string {
  const state = node.state && node.state !== "active" ? STATES[node.state] : undefined;
  if (state) return `${KINDS[node.kind as Kind][0]}, ${state}`;
  if (node.kind === "dataset") return [node.type, node.digest].filter(Boolean).join(" · ");
  if (node.kind === "logged_model") return node.type || "logged model";
  return node.experiment_name ?? "";
}

const STATES: Record<string, string> = { deleted: "deleted", gone: "deleted for good", unknown: "not in this store" };

/** Returns what a fold says: "4,980 more runs". */
export function foldName({ kind, count, relation, downstream, shown }: Fold): string {
  const noun = relation === "nested" ? (downstream ? ["child run", "child runs"] : ["parent", "parents"]) : relation === "copied" && downstream ? ["copy", "copies"] : KINDS[kind];
  return `${count.toLocaleString("en-US")} ${shown ? "more " : ""}${noun[count === 1 ? 0 : 1]!}`;
}

/** Returns the address of a node's page, as the router takes it; null if it has none. */
export function pageOf(node: LineageNode): { to: string; params: Record<string, string>; search: Record<string, string> } | null {
  if (node.state === "gone" || node.state === "unknown") return null;
  switch (node.kind as Kind) {
    case "dataset":
      return { to: "/dataset", params: {}, search: { name: node.name, digest: node.digest ?? "" } };
    case "run":
      return { to: "/experiments/$experimentId/runs/$runId/$", params: { experimentId: node.experiment_id!, runId: node.id, _splat: "lineage" }, search: {} };
    case "logged_model":
      return { to: "/experiments/$experimentId/models/$modelId", params: { experimentId: node.experiment_id!, modelId: node.id }, search: { tab: "lineage" } };
    case "model_version":
      return { to: "/models/$name/versions/$version", params: { name: node.name, version: node.version! }, search: { tab: "lineage" } };
  }
}
