import { ActionIcon, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconBox, IconKeyboard, IconMoon, IconSearch, IconSun, IconWebhook } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { ExperimentList } from "@/pages/experiment/ExperimentList";
import { useCall } from "@/api/live";
import { keyName, overlay } from "./actions";
import { signInNeeded, signOut, useRights } from "./session";
import classes from "./Sidebar.module.css";

/** The places: experiments, models, and at the foot what concerns the reader. */
export function Sidebar() {
  const { mayAdmin } = useRights();
  return (
    <aside className={classes.sidebar} aria-label="Places">
      <Link to="/" className={classes.mark!}>
        <img src="./favicon.svg" alt="" width={20} height={20} />
        Headrace
      </Link>
      <nav className={classes.places} aria-label="Pages">
        <button type="button" className={classes.place} onClick={() => overlay.set("palette")}>
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
          <ActionIcon onClick={() => overlay.set("help")} aria-label="Show the keys">
            <IconKeyboard size={16} />
          </ActionIcon>
        </Tooltip>
        <SchemeButton />
      </footer>
    </aside>
  );
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
