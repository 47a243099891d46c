import { lazy, Suspense, useEffect } from "react";
import { useStore } from "@/data/store";
import { handleKey, overlay, useActions } from "./actions";

const loadPalette = (): Promise<typeof import("./Palette")> => import("./Palette");
const Palette = lazy(loadPalette);
const KeysHelp = lazy(() => import("./KeysHelp"));

/** Milliseconds until the palette is fetched although nobody has called it yet. */
const LATER = 3_000;

/** What lies over every page when it is called: the palette, the help of keys. */
export function Overlays() {
  const shown = useStore(overlay);
  useEffect(() => {
    document.addEventListener("keydown", handleKey);
    // Where that fails, it is fetched when it is called.
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), LATER);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("keydown", handleKey);
    };
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
