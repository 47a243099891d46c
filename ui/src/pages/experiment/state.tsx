/** The state of the experiment's page for its parts: they read it, and change it by what is different. */

import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { CallError } from "@/api/client";
import { useCall } from "@/api/live";
import type { View } from "@/api/types";
import { notify } from "@/app/notices";
import { experimentRoute } from "@/app/router";
import { type ExperimentSearch, PLAIN, parseExperimentSearch } from "./search";
import { changeUrl, defined, overlay } from "./views/overlay";
import { viewsOf } from "./views/request";

export interface ExperimentState {
  /** The experiments that the page shows, one or more. */
  experimentIds: string[];
  /** What the page shows: the open view's state, with what the URL changes of it. */
  search: ExperimentSearch;
  /**
   * Changes the state; a field that is undefined returns to its default.
   *
   * @param replaces Whether the back button skips this (default: yes, but for what is a place of its own).
   */
  change: (changes: Partial<ExperimentSearch>, replaces?: boolean) => void;
  /** The views of these experiments, without their states. */
  views: readonly View[];
  /** The open view. */
  view: View | undefined;
  /** Whether the page shows something else than the open view. */
  isChanged: boolean;
}

const NO_VIEWS: readonly View[] = [];
const NOTHING: ExperimentSearch = {};
const Context = createContext<ExperimentState | null>(null);

export function useExperimentState(): ExperimentState {
  const state = useContext(Context);
  if (!state) throw new Error("The state of an experiment's page is there in that page alone.");
  return state;
}

interface ExperimentStateProviderProps {
  /** What stands here until it is known what the page shows; it gets why that cannot be known. */
  waiting: (error: CallError | null) => ReactNode;
  children: ReactNode;
}

/** Opens the view that the URL names, or the default one, and gives the state to the page's parts. */
export function ExperimentStateProvider({ waiting, children }: ExperimentStateProviderProps) {
  const { experimentId } = experimentRoute.useParams();
  const given = experimentRoute.useSearch();
  const url = useMemo(() => defined(given), [given]);
  const navigate = experimentRoute.useNavigate();
  const experimentIds = useMemo(() => experimentId.split(","), [experimentId]);
  const listed = useCall("list_views", viewsOf(experimentIds), { keep: false });
  const views = listed.data?.views ?? NO_VIEWS;
  const id = url.view === PLAIN ? undefined : url.view;
  const opened = useCall("get_view", { view_id: id ?? "" }, { every: false, enabled: id !== undefined, keep: false });
  const view = id === undefined ? undefined : opened.data?.view;
  const isGone = id !== undefined && opened.error?.status === 404;
  const under = useMemo(() => (view ? parseExperimentSearch(JSON.parse(view.state ?? "{}") as Record<string, unknown>) : NOTHING), [view]);

  const standard = experimentIds.length === 1 ? views.find((one) => one.is_default)?.view_id : undefined;
  const isListed = listed.data !== undefined || listed.error !== null;
  const isEmpty = Object.keys(url).length === 0;
  // A default that comes while somebody looks at the page changes nothing under the pointer.
  const [plain, setPlain] = useState("");
  useEffect(() => {
    if (!isEmpty || !isListed) return;
    if (standard) void navigate({ search: { view: standard }, replace: true });
    else setPlain(experimentId);
    // What the default is counts at this moment alone.
  }, [isEmpty, isListed, experimentId, navigate]);
  const isWaiting = isEmpty && plain !== experimentId && (!isListed || standard !== undefined);

  useEffect(() => {
    if (!isGone) return;
    notify("The view of this link was deleted, or is not shared", { tone: "failed" });
    void navigate({ search: ({ view: _, without: __, ...own }) => (Object.keys(defined(own)).length ? own : { view: PLAIN }), replace: true });
  }, [isGone, navigate]);

  const change = useCallback(
    (changes: Partial<ExperimentSearch>, replaces = true) => {
      void navigate({
        search: (before) => changeUrl(before.view === id ? under : NOTHING, defined(before), changes, standard !== undefined),
        replace: replaces,
      });
    },
    [navigate, under, id, standard],
  );
  const search = useMemo(() => overlay(under, url), [under, url]);
  const isChanged = view !== undefined && Object.keys(url).length > 1;
  const state = useMemo(() => ({ experimentIds, search, change, views, view, isChanged }), [experimentIds, search, change, views, view, isChanged]);
  // While another view is on its way the page stays as it is.
  const shown = useRef<ExperimentState>(null);
  const isOpening = isWaiting || (id !== undefined && !view);
  if (!isOpening) shown.current = state;
  if (isOpening && (opened.error || shown.current?.experimentIds !== experimentIds)) return waiting(isGone ? null : opened.error);
  return <Context value={shown.current}>{children}</Context>;
}
