import { Menu } from "@mantine/core";
import { IconArrowBackUp, IconArrowBarToUp, IconArrowLeft, IconArrowRight, IconEyeOff, IconFolderSymlink } from "@tabler/icons-react";
import { ADDED, isPlaced, moveChart, removeChart } from "./arrangement";
import type { Board } from "./board";
import { hideChart, sizeCharts } from "./changes";
import { drawsItself } from "./chart-keys";
import { type Direction, GAP, heightOf, stepPlace, titleOf } from "./layout";
import { MenuLine } from "./MenuLine";
import { type ChartSize, type ChartWidth, limitHeight, readSize, usualSize } from "./sizes";

const WIDTHS: readonly [ChartWidth, string][] = [
  ["small", "Small"],
  ["wide", "Wide"],
  ["full", "Full"],
];

/** By so many pixels a chart grows by one choice. */
const STEP = 60;

/** The items of a chart's menu that arrange it: where it stands, how large it is, whether it is shown. */
export default function ArrangeItems({ chart, board }: { chart: string; board: Board }) {
  const { state, sections, rows, grid } = board.now();
  const size = readSize(chart, state.chartSizes?.[chart]);
  const usual = usualSize(chart).height;
  const row = rows.find((one) => one.kind === "charts" && one.cells.some((cell) => cell.chart === chart));
  const isFirst = sections.find(({ name }) => name === ADDED)?.charts[0] === chart;
  const step = (direction: Direction) => {
    const place = stepPlace(rows, chart, direction);
    return { disabled: !place, onClick: () => place && board.arrange(moveChart(board.now().sections, chart, place), { chart, focus: "menu" }) };
  };
  const resize = (next: ChartSize, said: string): void => board.change(sizeCharts(board.now().state, { [chart]: next }), `${titleOf(chart)} is ${said} now`);
  const grow = (by: number): void => {
    const height = limitHeight((row ? heightOf(row, grid, state.chartHeight) - GAP : 220) + by);
    resize({ ...readSize(chart, board.now().state.chartSizes?.[chart]), height }, `${height} pixels high`);
  };
  return (
    <>
      <Menu.Item leftSection={<IconArrowLeft size={14} />} {...step("left")}>
        Move left
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowRight size={14} />} {...step("right")}>
        Move right
      </Menu.Item>
      <Menu.Item
        leftSection={<IconArrowBarToUp size={14} />}
        disabled={isFirst}
        onClick={() => board.arrange(moveChart(board.now().sections, chart, { section: ADDED }), { chart, focus: "menu" })}
      >
        Move to the top
      </Menu.Item>
      <Menu.Item leftSection={<IconFolderSymlink size={14} />} onClick={() => board.ask({ kind: "move", chart })}>
        Move to a section
      </Menu.Item>
      {drawsItself(chart) && isPlaced(sections, chart) && (
        <Menu.Item leftSection={<IconArrowBackUp size={14} />} onClick={() => board.arrange(removeChart(board.now().sections, chart), { chart, focus: "menu" })}>
          Put back to its own place
        </Menu.Item>
      )}
      <Menu.Item
        leftSection={<IconEyeOff size={14} />}
        onClick={() => board.changeWithUndo(hideChart(board.now().state, chart), `${titleOf(chart)} is hidden. The head of its section shows it again.`)}
      >
        Hide
      </Menu.Item>
      <Menu.Divider />
      <MenuLine label="Width">
        {WIDTHS.map(([width, label]) => (
          <Menu.Item
            key={width}
            aria-current={size.width === width}
            onClick={() => resize({ ...size, width }, label.toLowerCase())}
          >
            {label}
          </Menu.Item>
        ))}
      </MenuLine>
      <MenuLine label="Height">
        <Menu.Item closeMenuOnClick={false} onClick={() => grow(-STEP)}>
          Lower
        </Menu.Item>
        <Menu.Item closeMenuOnClick={false} onClick={() => grow(STEP)}>
          Higher
        </Menu.Item>
        <Menu.Item disabled={size.height === usual} onClick={() => resize({ width: size.width, height: usual }, "as high as the others")}>
          Auto
        </Menu.Item>
      </MenuLine>
      <Menu.Divider />
    </>
  );
}
