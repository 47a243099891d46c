import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, it } from "vitest";

const SOURCES = join(import.meta.dirname, "..");
const LIBRARY = join(SOURCES, "../node_modules/@mantine/core/esm");

it("has the styles of all components that are used, and no others", () => {
  const sheet = readFileSync(join(import.meta.dirname, "mantine.css"), "utf8");
  const imported = [...sheet.matchAll(/styles\/(\w+)\.css"/g)].map(([, name]) => name);
  expect(imported.sort()).toEqual([...styledComponents(), "baseline", "global"].sort());
});

/** Returns the components with styles of their own that the sources use, or that those are made of. */
function styledComponents(): Set<string> {
  const places = new Map([...readFileSync(join(LIBRARY, "index.mjs"), "utf8").matchAll(/import \{ (\w+)[^}]*\} from "([^"]+)"/g)].map(([, name, path]) => [name!, path!]));
  const styled = new Set<string>();
  const files = new Set(usedNames().flatMap((name) => (places.has(name) ? [join(LIBRARY, places.get(name)!)] : [])));
  for (const file of files) {
    if (!existsSync(file)) continue;
    if (file.endsWith(".module.mjs")) styled.add(basename(file, ".module.mjs"));
    for (const [, path] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g)) files.add(join(dirname(file), path!));
  }
  return styled;
}

function usedNames(): string[] {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  return sources.flatMap((name) =>
    [...readFileSync(join(SOURCES, name), "utf8").matchAll(/import \{([^}]*)\} from "@mantine\/core"/g)].flatMap(([, names]) => names!.split(",").map((one) => one.trim())),
  );
}
