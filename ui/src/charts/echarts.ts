/** The parts of ECharts that are used; loaded with the first plot that needs them. */

import { CustomChart, ParallelChart, ScatterChart } from "echarts/charts";
import { GridComponent, ParallelComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

use([ScatterChart, ParallelChart, CustomChart, GridComponent, ParallelComponent, TooltipComponent, CanvasRenderer, SVGRenderer]);

export { init };
export type { EChartsCoreOption, EChartsType } from "echarts/core";
