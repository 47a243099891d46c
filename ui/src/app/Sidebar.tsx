import { ActionIcon, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconBox, IconKeyboard, IconMoon, IconSearch, IconSun, IconWebhook, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { ExperimentList } from "@/pages/experiment/ExperimentList";
import { useCall } from "@/api/live";
import { useStore } from "@/data/store";
import { drawer, useNarrow } from "@/data/window";
import { keyName, overlay, useActions } from "./actions";
import { signInNeeded, signOut, useRights } from "./session";
import classes from "./Sidebar.module.css";

/** The places: experiments, models, and at the foot what concerns the reader. */
export function Sidebar() {
  const { mayAdmin } = useRights();
  const box = useRef<HTMLElement>(null);
  const isDrawn = useDrawer(box);
  const close = (): void => drawer.set(false);
  return (
    <>
      {isDrawn && <div className={classes.shade} onClick={close} />}
      <aside
        ref={box}
        className={classes.sidebar}
        aria-label="Places"
        tabIndex={-1}
        data-drawn={isDrawn || undefined}
        // Who has chosen a place wants to see it.
        onClick={(event) => (event.target as Element).closest("a, [data-leaves]") && close()}
      >
        <div className={classes.top}>
          <Link to="/" className={classes.mark!}>
            <img src="./favicon.svg" alt="" width={20} height={20} />
            Headrace
          </Link>
          <ActionIcon className={classes.close!} aria-label="Close the places" onClick={close}>
            <IconX size={16} />
          </ActionIcon>
        </div>
        <nav className={classes.places} aria-label="Pages">
          <button type="button" className={classes.place} data-leaves onClick={() => overlay.set("palette")}>
            <IconSearch size={15} /> Search
            <span className={classes.keys}>{keyName("mod+k")}</span>
          </button>
          <Link to="/models" className={classes.place!} activeProps={{ "data-active": true }}>
            <IconBox size={15} /> Models
          </Link>
          {mayAdmin && (
            <Link to="/webhooks" className={classes.place!} activeProps={{ "data-active": true }}>
              <IconWebhook size={15} /> Webhooks
            </Link>
          )}
        </nav>
        <div className={classes.list}>
          <ExperimentList />
        </div>
        <footer className={classes.foot}>
          <Reader />
          <Tooltip label="Keys">
            <ActionIcon className={classes.help!} onClick={() => overlay.set("help")} aria-label="Show the keys">
              <IconKeyboard size={16} />
            </ActionIcon>
          </Tooltip>
          <SchemeButton />
        </footer>
      </aside>
    </>
  );
}

/** Tells whether the sidebar is drawn over the page; as long as it is, it has the focus. */
function useDrawer(box: React.RefObject<HTMLElement | null>): boolean {
  const isNarrow = useNarrow();
  const isDrawn = useStore(drawer) && isNarrow;
  useActions(isDrawn ? [{ id: "drawer.close", label: "Close the places", keys: "Escape", section: "Everywhere", silent: true, run: () => drawer.set(false) }] : []);
  useEffect(() => {
    if (!isDrawn) return undefined;
    const before = document.activeElement;
    box.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [box, isDrawn]);
  return isDrawn;
}

const MAY: Record<string, string> = { read: "May read", write: "May read and write", admin: "May do everything" };

/** Who reads, where the server knows it, and the way in and out. */
function Reader() {
  const signIn = useCall("server_info", {}, { every: false }).data?.headrace.sign_in;
  const caller = useCall("whoami", {}, { every: false }).data;
  const name = caller?.name;
  if (!signIn || signIn === "none") return <span className={classes.spring} />;
  if (!name) {
    return (
      <button type="button" className={classes.reader} onClick={() => signInNeeded.set(true)}>
        Sign in
      </button>
    );
  }
  return (
    <Menu position="top-start">
      <Menu.Target>
        <button type="button" className={classes.reader}>
          {name}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{MAY[caller.role]}</Menu.Label>
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme();
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <Tooltip label={`Change to ${other}`}>
      <ActionIcon onClick={() => setColorScheme(other)} aria-label={`Change to ${other}`}>
        {scheme === "dark" ? <IconSun size={15} /> : <IconMoon size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}
