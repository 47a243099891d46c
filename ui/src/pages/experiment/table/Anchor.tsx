import { Menu } from "@mantine/core";

/** Where a menu opens that belongs to a place of the table instead of to a button. */
export function Anchor({ box }: { box: DOMRect }) {
  const { left, top, width, height } = box;
  return (
    <Menu.Target>
      <span aria-hidden style={{ position: "fixed", left, top, width, height, pointerEvents: "none" }} />
    </Menu.Target>
  );
}
