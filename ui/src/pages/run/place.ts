/** Which part of a run's page a path names; MLflow's names for them are taken as well. */

export const TABS = ["overview", "metrics", "system", "logs", "artifacts", "lineage", "images"] as const;
export type Tab = (typeof TABS)[number];

const OF_MLFLOW: Record<string, Tab> = { "model-metrics": "metrics", "system-metrics": "system", artifactPath: "artifacts" };

export interface Place {
  tab: Tab;
  /** What is open in it: the path of a file. */
  path: string;
}

/** Returns the place of the rest of a run's URL: `artifacts/model/MLmodel`. */
export function parsePlace(rest: string | undefined): Place {
  const [first = "", ...others] = (rest ?? "").split("/");
  const tab = OF_MLFLOW[first] ?? TABS.find((one) => one === first) ?? "overview";
  return { tab, path: tab === "artifacts" ? others.join("/") : "" };
}

/** Returns the rest of the URL that names a place. */
export function writePlace({ tab, path }: Place): string {
  return path ? `${tab}/${path}` : tab;
}
