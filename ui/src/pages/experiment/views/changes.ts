/** What people do with views, and what they are told about it. */

import { call, ROOT } from "@/api/client";
import { queryClient } from "@/api/live";
import type { CreateView, UpdateView, View } from "@/api/types";
import { notify, notifyFailure } from "@/app/notices";
import type { ExperimentSearch } from "../search";

/** Saves what the page shows as a view, and returns it; throws a CallError. */
export async function createView(request: Omit<CreateView, "state">, search: ExperimentSearch): Promise<View> {
  const { view } = await call("create_view", { ...request, state: JSON.stringify(search) });
  keep(view);
  return view;
}

/** Changes a view, and returns it; throws a CallError. */
export async function updateView(request: UpdateView): Promise<View> {
  const { view } = await call("update_view", request);
  keep(view);
  return view;
}

/** Changes a view and says so, or says why not; returns whether it is changed. */
export async function change(request: UpdateView, done: string): Promise<boolean> {
  try {
    await updateView(request);
  } catch (error) {
    notifyFailure(error);
    return false;
  }
  notify(done);
  return true;
}

/** Deletes a view and says so, or says why not; returns whether it is deleted. */
export async function removeView({ view_id, name }: View): Promise<boolean> {
  try {
    await call("delete_view", { view_id });
  } catch (error) {
    notifyFailure(error);
    return false;
  }
  notify(`Deleted the view ${name}`);
  void queryClient.invalidateQueries({ queryKey: ["list_views"] });
  return true;
}

/** Returns the address of a view. */
export function linkTo({ view_id, experiment_ids }: View): string {
  return `${ROOT}#/experiments/${experiment_ids.join()}?view=${view_id}`;
}

/** Has the page know at once what a view is now: its URL may change in the same moment. */
function keep(view: View): void {
  queryClient.setQueryData(["get_view", { view_id: view.view_id }], { view });
  void queryClient.invalidateQueries({ queryKey: ["list_views"] });
}
