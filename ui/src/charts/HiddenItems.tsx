import { Menu } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import type { Board } from "./board";
import { showCharts } from "./changes";
import { titleOf } from "./layout";

/** So many can be chosen from a menu; beyond that all of them are shown again. */
const MOST = 100;

/** The items of a menu that shows hidden charts again. */
export default function HiddenItems({ charts, board }: { charts: readonly string[]; board: Board }) {
  const show = (names: readonly string[]): void => {
    const text = names.length === 1 ? `${titleOf(names[0]!)} is shown again` : `${names.length} charts are shown again`;
    board.change(showCharts(board.now().state, names), text);
  };
  return (
    <>
      {charts.slice(0, MOST).map((chart) => (
        <Menu.Item key={chart} leftSection={<IconEye size={14} />} onClick={() => show([chart])}>
          Show {titleOf(chart)}
        </Menu.Item>
      ))}
      {charts.length > 1 && (
        <>
          <Menu.Divider />
          <Menu.Item onClick={() => show(charts)}>Show all {charts.length}</Menu.Item>
        </>
      )}
    </>
  );
}
