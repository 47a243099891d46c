/**
 * Which page a URL names.
 *
 * The paths stand behind `#`, in MLflow's shapes: links that MLflow's clients print work here, and the
 * server needs to know none of them, below whatever prefix it runs.
 */

import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { prefetchCall } from "@/api/live";
import { parseCompareSearch } from "@/pages/compare/search";
import { parseChartState } from "@/charts/state";
import { hoveredRun } from "@/data/focus";
import { ExperimentPage } from "@/pages/experiment/ExperimentPage";
import { type LineageSearch, parseLineageSearch } from "@/pages/lineage/search";
import { parseLogSearch } from "@/pages/webhooks/search";
import { readAhead, readViews } from "@/pages/experiment/reading-ahead";
import { parseExperimentUrl } from "@/pages/experiment/search";
import { NotFound } from "./NotFound";
import { PageError } from "./PageError";
import { Shell } from "./Shell";

/** Leaves out of a URL what its page does not know or cannot read: the router alone would hand it on unread. */
function only<S extends object>(read: (raw: Record<string, unknown>) => S): (raw: Record<string, unknown>) => S {
  return (raw) => ({ ...Object.fromEntries(Object.keys(raw).map((name) => [name, undefined])), ...read(raw) });
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageError });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("@/pages/home/Home"), "Home"),
});

/** `/experiments/0`, or several at once: `/experiments/0,4,7`. */
export const experimentRoute = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId",
  validateSearch: only(parseExperimentUrl),
  // Most people come here first: not a file of its own, which would be asked for when the others are there.
  component: ExperimentPage,
  loader: ({ params, location, preload }) => {
    const url = parseExperimentUrl(location.search);
    void readViews(params.experimentId, url);
    // Where the pointer is only over a link, the rows that the page has kept are left as they are.
    if (!preload) void readAhead(params.experimentId, url);
  },
  staleTime: Infinity, // the page itself asks again
});

const experimentRuns = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/runs",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/experiments/$experimentId", params, search: {} });
  },
});

/** Reads a run while the code of its page is still on its way, or the pointer only rests on a link to it. */
function readRun(run_id: string): void {
  void prefetchCall("get_run", { run_id });
}

/** A run; the rest of the path is a tab and what is open in it: `artifacts/model/MLmodel`. */
export const runRoute = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/runs/$runId",
  validateSearch: only(parseChartState),
  component: lazyRouteComponent(() => import("@/pages/run/RunPage"), "RunPage"),
  loader: ({ params }) => readRun(params.runId),
});

export const runTabRoute = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/runs/$runId/$",
  validateSearch: only((raw) => ({ ...parseChartState(raw), ...parseLineageSearch(raw) })),
  component: lazyRouteComponent(() => import("@/pages/run/RunPage"), "RunPage"),
  loader: ({ params }) => readRun(params.runId),
});

/** A logged model: `/experiments/0/models/m-...`. */
export const loggedModelRoute = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/models/$modelId",
  validateSearch: parseModelTab,
  component: lazyRouteComponent(() => import("@/pages/models/LoggedModelPage"), "LoggedModelPage"),
});

/** Runs side by side, of whatever experiments: `/compare?runs=["a","b"]`. */
export const compareRoute = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: only(parseCompareSearch),
  component: lazyRouteComponent(() => import("@/pages/compare/ComparePage"), "ComparePage"),
});

/** MLflow's address of the same, and that of one metric of many runs: `/compare-runs?runs=["a"]&experiments=["0"]`. */
const compareRunsOfMlflow = createRoute({
  getParentRoute: () => root,
  path: "/compare-runs",
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/compare", search: parseCompareSearch(search as Record<string, unknown>) });
  },
});

const metricOfMlflow = createRoute({
  getParentRoute: () => root,
  path: "/metric/$",
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/compare", search: parseCompareSearch(search as Record<string, unknown>) });
  },
});

/** MLflow's address of several experiments: `/compare-experiments/s?experiments=["1","2"]`. */
const compareExperimentsOfMlflow = createRoute({
  getParentRoute: () => root,
  path: "/compare-experiments/$",
  beforeLoad: ({ search }) => {
    const { experiments } = search as { experiments?: unknown };
    const ids = Array.isArray(experiments) ? experiments.map(String).join(",") : "";
    throw ids ? redirect({ to: "/experiments/$experimentId", params: { experimentId: ids }, search: {} }) : redirect({ to: "/" });
  },
});

/** MLflow's list of an experiment's logged models; each stands with its run here. */
const experimentModels = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/models",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/experiments/$experimentId", params, search: {} });
  },
});

export const modelsRoute = createRoute({
  getParentRoute: () => root,
  path: "/models",
  component: lazyRouteComponent(() => import("@/pages/models/ModelsPage"), "ModelsPage"),
});

export const modelRoute = createRoute({
  getParentRoute: () => root,
  path: "/models/$name",
  validateSearch: ({ tab }: Record<string, unknown>): { tab?: "rules" | "history" } => (tab === "rules" || tab === "history" ? { tab } : {}),
  component: lazyRouteComponent(() => import("@/pages/models/ModelPage"), "ModelPage"),
});

/** Two versions side by side: `/models/NAME/compare?versions=["1","2"]`. */
export const versionsCompareRoute = createRoute({
  getParentRoute: () => root,
  path: "/models/$name/compare",
  validateSearch: (search: Record<string, unknown>): { versions: string[] } => ({
    versions: Array.isArray(search.versions) ? search.versions.map(String) : [],
  }),
  component: lazyRouteComponent(() => import("@/pages/models/VersionsComparePage"), "VersionsComparePage"),
});

export const versionRoute = createRoute({
  getParentRoute: () => root,
  path: "/models/$name/versions/$version",
  validateSearch: parseModelTab,
  component: lazyRouteComponent(() => import("@/pages/models/VersionPage"), "VersionPage"),
});

const webhooks = createRoute({
  getParentRoute: () => root,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("@/pages/webhooks/WebhooksPage"), "WebhooksPage"),
});

/** A webhook with its log: `/webhooks/ID?state=failed`. */
export const webhookRoute = createRoute({
  getParentRoute: () => root,
  path: "/webhooks/$webhookId",
  validateSearch: parseLogSearch,
  component: lazyRouteComponent(() => import("@/pages/webhooks/WebhookPage"), "WebhookPage"),
});

/** A data set, in whichever experiments: `/dataset?name=pets&digest=5d41402a`. */
export const datasetRoute = createRoute({
  getParentRoute: () => root,
  path: "/dataset",
  validateSearch: ({ name, digest, ...raw }: Record<string, unknown>): { name: string; digest: string } & LineageSearch => ({
    name: String(name ?? ""),
    digest: String(digest ?? ""),
    ...parseLineageSearch(raw),
  }),
  component: lazyRouteComponent(() => import("@/pages/lineage/DatasetPage"), "DatasetPage"),
});

/** Returns the tab of a logged model's or a version's page, and what is open in it: a file, or a part of the lineage. */
function parseModelTab({ tab, path, ...raw }: Record<string, unknown>): { tab?: "files" | "lineage"; path?: string } & LineageSearch {
  if (tab === "lineage") return { tab, ...parseLineageSearch(raw) };
  return tab === "files" ? { tab, ...(typeof path === "string" && path ? { path } : {}) } : {};
}

export const router = createRouter({
  history: createHashHistory(),
  routeTree: root.addChildren([
    home,
    experimentRoute,
    experimentRuns,
    experimentModels,
    loggedModelRoute,
    compareRunsOfMlflow,
    compareExperimentsOfMlflow,
    metricOfMlflow,
    runRoute,
    runTabRoute,
    compareRoute,
    modelsRoute,
    modelRoute,
    versionsCompareRoute,
    versionRoute,
    webhooks,
    webhookRoute,
    datasetRoute,
  ]),
  defaultPreload: "intent",
});

// What was under the pointer went away without telling that the pointer left it.
router.subscribe("onResolved", ({ pathChanged }) => {
  if (pathChanged) hoveredRun.set(null);
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
