import { BarPanel } from "./BarPanel";
import { BoxPanel } from "./BoxPanel";
import { ContourPanel } from "./ContourPanel";
import { ImportancePanel } from "./ImportancePanel";
import type { PlotPanelProps } from "./panel";
import { RelationPanel } from "./RelationPanel";

/** A plot of runs against each other, with a choice of what it shows. */
export default function PlotPanel({ chart, ...props }: PlotPanelProps) {
  switch (chart.kind) {
    case "scatter":
    case "parallel":
      return <RelationPanel chart={chart} {...props} />;
    case "bar":
      return <BarPanel chart={chart} {...props} />;
    case "box":
      return <BoxPanel chart={chart} {...props} />;
    case "contour":
      return <ContourPanel chart={chart} {...props} />;
    case "importance":
      return <ImportancePanel chart={chart} {...props} />;
  }
}
