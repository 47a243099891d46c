import { Button, Kbd, Menu } from "@mantine/core";
import { IconArrowBackUp, IconBookmark, IconCheck, IconChevronDown, IconDeviceFloppy, IconLink, IconLock, IconPencil, IconPlus, IconSearch, IconStar, IconTrash, IconUsers } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useCall } from "@/api/live";
import type { View } from "@/api/types";
import { keyName, overlay, paletteText, useActions } from "@/app/actions";
import { notify } from "@/app/notices";
import { useRights } from "@/app/session";
import { PLAIN } from "../search";
import { useExperimentState } from "../state";
import { change, linkTo } from "./changes";
import classes from "./ViewsMenu.module.css";

const ViewDialog = lazy(() => import("./ViewDialog"));

/** More views than these are searched, in the palette: a menu has no place for a field. */
const FEW = 7;

const compare = new Intl.Collator("en", { numeric: true }).compare;

/** The views of the page: which one is open, the others, and what can be done with them. */
export default function ViewsMenu() {
  const { search, views, view, isChanged } = useExperimentState();
  const { mayWrite, whyNot } = useRights();
  const isVerified = useCall("whoami", {}, { every: false }).data?.verified ?? false;
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<"save" | "rename" | "delete" | null>(null);
  const sorted = [...views].sort((a, b) => compare(a.name, b.name));
  const mayChange = mayWrite && (view?.may_change ?? false);
  const off = mayWrite ? undefined : whyNot;

  const open = ({ view_id, experiment_ids }: View): void =>
    void navigate({ to: "/experiments/$experimentId", params: { experimentId: experiment_ids.join() }, search: { view: view_id } });
  const close = (): void => void navigate({ to: ".", search: { view: PLAIN } });
  const revert = (): void => void navigate({ to: ".", search: { view: view!.view_id }, replace: true });
  const update = async (): Promise<void> => {
    if (await change({ view_id: view!.view_id, state: JSON.stringify(search) }, `Updated the view ${view!.name}`)) revert();
  };
  const find = (): void => {
    paletteText.set("view ");
    overlay.set("palette");
  };
  const copy = (): void => void navigator.clipboard.writeText(linkTo(view!)).then(() => notify("Copied the link"));

  useActions([
    ...sorted.map((one) => ({ id: `view ${one.view_id}`, label: `Open the view ${one.name}`, section: "Views", run: () => open(one) })),
    ...(mayWrite ? [{ id: "views.save", label: "Save as a new view", section: "Views", run: () => setDialog("save") }] : []),
    ...(view && isChanged && mayChange ? [{ id: "views.update", label: `Update the view ${view.name}`, section: "Views", run: () => void update() }] : []),
    ...(view ? [{ id: "views.copy", label: "Copy the link of the view", section: "Views", run: copy }] : []),
    ...(view ? [{ id: "views.close", label: "Close the view", section: "Views", run: close }] : []),
  ]);

  return (
    <>
      {/* Mantine's place for the first focus is no item, which a menu must not hold. */}
      <Menu position="bottom-end" width={272} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            variant="default"
            className={classes.target!}
            aria-label={view ? `Views: ${view.name}${isChanged ? ", changed" : ""}` : "Views"}
            leftSection={<IconBookmark size={14} />}
            rightSection={<IconChevronDown size={13} />}
          >
            <span className={classes.name} data-open={view ? true : undefined}>
              {view?.name ?? "Views"}
            </span>
            {isChanged && <span className={classes.mark} title="The page differs from the view" />}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.length === 0 && <p className={classes.empty}>A view keeps filter, order, columns and charts under a name.</p>}
          <div className={classes.list} role="group" aria-label="Views">
            {sorted.map((one) => (
              <Menu.Item
                key={one.view_id}
                aria-current={one.view_id === view?.view_id || undefined}
                leftSection={one.view_id === view?.view_id ? <IconCheck size={14} /> : <span className={classes.gap} />}
                rightSection={<Marks view={one} />}
                onClick={() => open(one)}
              >
                {one.name}
              </Menu.Item>
            ))}
          </div>
          {views.length > FEW && (
            <Menu.Item leftSection={<IconSearch size={14} />} rightSection={<Kbd size="xs">{keyName("mod+k")}</Kbd>} onClick={find}>
              Search views…
            </Menu.Item>
          )}
          {(view || views.length > 0) && <Menu.Divider />}
          {view && isChanged && (
            <>
              <Menu.Item leftSection={<IconDeviceFloppy size={14} />} disabled={!mayChange} title={mayChange ? undefined : (off ?? `It belongs to ${view.user_id}`)} onClick={() => void update()}>
                Update this view
              </Menu.Item>
              <Menu.Item leftSection={<IconArrowBackUp size={14} />} onClick={revert}>
                Undo the changes
              </Menu.Item>
            </>
          )}
          <Menu.Item leftSection={<IconPlus size={14} />} disabled={!mayWrite} title={off} onClick={() => setDialog("save")}>
            Save as new view…
          </Menu.Item>
          {view && (
            <>
              <Menu.Item leftSection={<span className={classes.gap} />} onClick={close}>
                Close this view
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item leftSection={<IconLink size={14} />} onClick={copy}>
                Copy link
              </Menu.Item>
              {mayChange && (
                <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => setDialog("rename")}>
                  Rename…
                </Menu.Item>
              )}
              {mayChange && isVerified && view.user_verified && !view.is_default && (
                <Menu.Item
                  leftSection={view.is_shared ? <IconLock size={14} /> : <IconUsers size={14} />}
                  onClick={() => void change({ view_id: view.view_id, is_shared: !view.is_shared }, view.is_shared ? "Only its owner sees the view now" : "All see the view now")}
                >
                  {view.is_shared ? "Make private" : "Share with all"}
                </Menu.Item>
              )}
              {mayWrite && view.is_shared && view.experiment_ids.length === 1 && (
                <Menu.Item
                  leftSection={<IconStar size={14} />}
                  onClick={() => void change({ view_id: view.view_id, is_default: !view.is_default }, view.is_default ? "The experiment has no default view now" : `Who opens the experiment sees ${view.name}`)}
                >
                  {view.is_default ? "No longer the default" : "Make default"}
                </Menu.Item>
              )}
              {mayChange && (
                <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => setDialog("delete")}>
                  Delete…
                </Menu.Item>
              )}
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense>{dialog && <ViewDialog kind={dialog} isVerified={isVerified} onClose={() => setDialog(null)} />}</Suspense>
    </>
  );
}

/** What is special about a view: it is the default, private, or shows several experiments. */
function Marks({ view }: { view: View }) {
  return (
    <span className={classes.marks}>
      {view.experiment_ids.length > 1 && <span>{view.experiment_ids.length} experiments</span>}
      {view.is_default && <IconStar size={12} aria-label="default" />}
      {!view.is_shared && <IconLock size={12} aria-label="private" />}
    </span>
  );
}
