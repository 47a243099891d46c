import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { useCall } from "@/api/live";
import { useRights } from "@/app/session";
import { DeletedMark } from "@/components/DeletedMark";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { LayoutSwitch, useLayout } from "@/components/Layouts";
import { Page } from "@/components/Page";
import { SplitPane } from "@/components/SplitPane";
import { afterPaint } from "@/data/window";
import { restoreExperiment } from "./sidebar/ExperimentMenu";
import { RunsPane } from "./RunsPane";
import { ExperimentStateProvider, useExperimentState } from "./state";

// The table is there first; the charts come right behind it.
const ViewsMenu = lazy(() => afterPaint().then(() => import("./views/ViewsMenu")));
const ChartsPane = lazy(() => afterPaint().then(() => import("./ChartsPane")));

/** One experiment, or several: the table of runs and the charts side by side. */
export function ExperimentPage() {
  return (
    <ExperimentStateProvider waiting={(error) => <Page title="">{error && <Failure error={error} />}</Page>}>
      <OpenExperiment />
    </ExperimentStateProvider>
  );
}

function OpenExperiment() {
  const { experimentIds, search, change } = useExperimentState();
  const first = experimentIds[0]!;
  const { data, error } = useCall("get_experiment", { experiment_id: first });
  const name = data?.experiment.name ?? "";
  const more = experimentIds.length - 1;
  const title = more ? `${name} and ${more} more` : name;
  const deleted = data?.experiment.lifecycle_stage === "deleted" ? data.experiment : undefined;
  const { mayWrite, whyNot } = useRights();
  const layout = useLayout(search.layout);
  useEffect(() => {
    document.title = title ? `${title} · Headrace` : "Headrace";
  }, [title]);
  if (error?.status === 404) {
    return (
      <Page title="No such experiment">
        <Empty title={`There is no experiment ${first}`}>
          It was deleted for good, or the link is of another server. <Link to="/">Go to the experiments</Link>.
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      fills
      title={deleted ? <>{title} <DeletedMark /></> : title}
      actions={
        <>
          {deleted && (
            <Button variant="default" disabled={!mayWrite} title={mayWrite ? undefined : whyNot} onClick={() => void restoreExperiment(deleted)}>
              Restore
            </Button>
          )}
          <Suspense>
            <ViewsMenu />
          </Suspense>
          <LayoutSwitch layout={layout} onLayout={(next) => change({ layout: next })} />
        </>
      }
    >
      <SplitPane
        share={layout === "table" ? 1 : layout === "charts" ? 0 : (search.split ?? 0.5)}
        onShare={(split) => change({ split })}
        left={<RunsPane />}
        right={
          <Suspense>
            <ChartsPane />
          </Suspense>
        }
      />
    </Page>
  );
}
