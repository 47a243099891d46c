import { lazy, Suspense, useEffect } from "react";
import { useStore } from "@/data/store";
import { handleKey, overlay, useActions } from "./actions";

const Palette = lazy(() => import("./Palette"));
const KeysHelp = lazy(() => import("./KeysHelp"));

/** What lies over every page when it is called: the palette, the help of keys. */
export function Overlays() {
  const shown = useStore(overlay);
  useEffect(() => {
    document.addEventListener("keydown", handleKey);
    return () => document.removeEventListener("keydown", handleKey);
  }, []);
  useActions([
    { id: "palette", label: "Search everything", keys: "mod+k", section: "Everywhere", silent: true, run: () => overlay.set("palette") },
    { id: "help", label: "Show the keys", keys: "?", section: "Everywhere", run: () => overlay.set("help") },
  ]);
  return (
    <Suspense>
      {shown === "palette" && <Palette />}
      {shown === "help" && <KeysHelp />}
    </Suspense>
  );
}
