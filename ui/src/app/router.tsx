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
import { parseCompareSearch } from "@/pages/compare/search";
import { parseChartState } from "@/charts/state";
import { parseExperimentSearch } from "@/pages/experiment/search";
import { NotFound } from "./NotFound";
import { PageError } from "./PageError";
import { Shell } from "./Shell";

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
  validateSearch: parseExperimentSearch,
  component: lazyRouteComponent(() => import("@/pages/experiment/ExperimentPage"), "ExperimentPage"),
});

const experimentRuns = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/runs",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/experiments/$experimentId", params, search: {} });
  },
});

/** A run; the rest of the path is a tab and what is open in it: `artifacts/model/MLmodel`. */
export const runRoute = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/runs/$runId",
  validateSearch: parseChartState,
  component: lazyRouteComponent(() => import("@/pages/run/RunPage"), "RunPage"),
});

export const runTabRoute = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/runs/$runId/$",
  validateSearch: parseChartState,
  component: lazyRouteComponent(() => import("@/pages/run/RunPage"), "RunPage"),
});

/** Runs side by side, of whatever experiments: `/compare?runs=["a","b"]`. */
export const compareRoute = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: parseCompareSearch,
  component: lazyRouteComponent(() => import("@/pages/compare/ComparePage"), "ComparePage"),
});

export const modelsRoute = createRoute({
  getParentRoute: () => root,
  path: "/models",
  component: lazyRouteComponent(() => import("@/pages/models/ModelsPage"), "ModelsPage"),
});

export const modelRoute = createRoute({
  getParentRoute: () => root,
  path: "/models/$name",
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
  component: lazyRouteComponent(() => import("@/pages/models/VersionPage"), "VersionPage"),
});

export const router = createRouter({
  history: createHashHistory(),
  routeTree: root.addChildren([
    home,
    experimentRoute,
    experimentRuns,
    runRoute,
    runTabRoute,
    compareRoute,
    modelsRoute,
    modelRoute,
    versionsCompareRoute,
    versionRoute,
  ]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
