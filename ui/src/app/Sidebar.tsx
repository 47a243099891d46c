import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconBox, IconMoon, IconSun } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { ExperimentList } from "@/pages/experiment/ExperimentList";
import classes from "./Sidebar.module.css";

/** The places: experiments, models, and at the foot what concerns the reader. */
export function Sidebar() {
  return (
    <aside className={classes.sidebar} aria-label="Places">
      <Link to="/" className={classes.mark!}>
        <img src="./favicon.svg" alt="" width={20} height={20} />
        Headrace
      </Link>
      <nav className={classes.places} aria-label="Places">
        <Link to="/models" className={classes.place!} activeProps={{ "data-active": true }}>
          <IconBox size={15} /> Models
        </Link>
      </nav>
      <div className={classes.list}>
        <ExperimentList />
      </div>
      <footer className={classes.foot}>
        <SchemeButton />
      </footer>
    </aside>
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
