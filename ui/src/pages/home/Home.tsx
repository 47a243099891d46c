import { Navigate } from "@tanstack/react-router";
import { useCall } from "@/api/live";

/** The way in: the experiment in which something happened last. */
export function Home() {
  const { data } = useCall("search_experiments", { max_results: 1, order_by: ["last_update_time DESC"] });
  const experiment = data?.experiments?.[0];
  if (!experiment) return null;
  return <Navigate to="/experiments/$experimentId" params={{ experimentId: experiment.experiment_id }} search={{}} replace />;
}
