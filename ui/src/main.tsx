import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./app/mantine.css";
import "./app/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { firstRead } from "./ahead";
import { App } from "./app/App";
import { router } from "./app/router";
import { keepLooks, recallLooks } from "./data/run-colors";

/** Milliseconds after which the page is drawn without what it shows: a server that takes longer is waited for in sight. */
const PATIENCE = 250;

recallLooks();
addEventListener("pagehide", keepLooks);

// Drawn once with all that it shows, a page is there sooner than drawn empty, with columns, and with values.
void Promise.race([Promise.allSettled([firstRead, router.load()]), new Promise((resolve) => setTimeout(resolve, PATIENCE))]).then(() => {
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
});
