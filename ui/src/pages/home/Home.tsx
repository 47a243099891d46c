import { Navigate } from "@tanstack/react-router";
import { ROOT } from "@/api/client";
import { useCall } from "@/api/live";
import { Code } from "@/components/Code";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { Page } from "@/components/Page";

/** The way in: the experiment in which something happened last. */
export function Home() {
  const { data, error } = useCall("search_experiments", { max_results: 1, order_by: ["last_update_time DESC"] });
  const experiment = data?.experiments?.[0];
  if (experiment) return <Navigate to="/experiments/$experimentId" params={{ experimentId: experiment.experiment_id }} search={{}} replace />;
  if (!data && !error) return null;
  return (
    <Page title="Experiments">
      {error && !data ? (
        <Failure error={error} />
      ) : (
        <Empty title="There is no experiment">
          <p>Create one in the sidebar, or log to it from a script:</p>
          <Code text={`import headrace\nheadrace.set_tracking_uri("${ROOT.replace(/\/$/, "")}")\nheadrace.set_experiment("first")\nheadrace.log_metric("loss", 0.25)`} />
        </Empty>
      )}
    </Page>
  );
}
