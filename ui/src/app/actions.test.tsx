// @vitest-environment jsdom
import { fireEvent, render } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { type Action, handleKey, keyName, offers, useActions } from "./actions";

function Part({ actions }: { actions: Action[] }) {
  useActions(actions);
  return <input aria-label="field" />;
}

function press(target: Element | Document, key: string, more: object = {}): void {
  document.addEventListener("keydown", handleKey, { once: true });
  fireEvent.keyDown(target, { key, ...more });
  document.removeEventListener("keydown", handleKey);
}

it("does what the key of a shown part asks for, the latest part first", () => {
  const [first, second] = [vi.fn(), vi.fn()];
  const outer = render(<Part actions={[{ id: "a", label: "A", section: "S", keys: "j", run: first }]} />);
  const inner = render(<Part actions={[{ id: "b", label: "B", section: "S", keys: "j", run: second }]} />);
  press(document.body, "j");
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  inner.unmount();
  press(document.body, "j");
  expect(first).toHaveBeenCalledOnce();
  outer.unmount();
  expect(offers.get()).toEqual([]);
});

it("leaves keys to who writes, but for those with mod", () => {
  const [plain, withMod] = [vi.fn(), vi.fn()];
  const actions = [
    { id: "a", label: "A", section: "S", keys: "x", run: plain },
    { id: "b", label: "B", section: "S", keys: "mod+k", run: withMod },
  ];
  const { getByLabelText, unmount } = render(<Part actions={actions} />);
  press(getByLabelText("field"), "x");
  press(getByLabelText("field"), "k", { ctrlKey: true });
  expect([plain.mock.calls.length, withMod.mock.calls.length]).toEqual([0, 1]);
  unmount();
});

it("leaves Enter to buttons, and plain keys to what lies over the page", () => {
  const [enter, select] = [vi.fn(), vi.fn()];
  const actions = [
    { id: "a", label: "A", section: "S", keys: "Enter", run: enter },
    { id: "b", label: "B", section: "S", keys: "x", run: select },
  ];
  const { unmount } = render(<Part actions={actions} />);
  const { getByText } = render(
    <div role="dialog">
      <button type="button">Close</button>
    </div>,
  );
  press(getByText("Close"), "Enter");
  press(getByText("Close"), "x");
  press(document.body, "Enter");
  expect([enter.mock.calls.length, select.mock.calls.length]).toEqual([1, 0]);
  unmount();
});

it("does what the action does now, not what it did when it was first shown", () => {
  const [before, after] = [vi.fn(), vi.fn()];
  const make = (run: () => void): Action[] => [{ id: "a", label: "A", section: "S", keys: "j", run }];
  const { rerender, unmount } = render(<Part actions={make(before)} />);
  rerender(<Part actions={make(after)} />);
  press(document.body, "j");
  expect([before.mock.calls.length, after.mock.calls.length]).toEqual([0, 1]);
  unmount();
});

it("writes keys as keyboards do", () => {
  expect(["mod+k", "shift+ArrowDown", "?", "Escape"].map(keyName)).toEqual(["Ctrl K", "Shift ↓", "?", "Esc"]);
});
