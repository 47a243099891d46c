import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";

const OUT = "../src/headrace/server/_ui";
const COMPRESSED = /\.(js|mjs|css|svg|html|woff2)$/;

/** Writes FILE.br and FILE.gz beside each file, so that the server compresses nothing. */
function precompress(): Plugin {
  const compress = (folder: string): void => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) compress(path);
      else if (COMPRESSED.test(name) && !name.endsWith(".woff2")) {
        const content = readFileSync(path);
        writeFileSync(path + ".gz", gzipSync(content, { level: 9 }));
        const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(path + ".br", brotliCompressSync(content, { params: quality }));
      }
    }
  };
  return { name: "precompress", apply: "build", closeBundle: () => compress(OUT) };
}

/** What pdf.js asks for when a PDF has pictures in JPEG 2000 or JBIG2: its decoders, without WebAssembly. */
const DECODERS = ["openjpeg_nowasm_fallback.js", "jbig2_nowasm_fallback.js"];

function addDecoders(): Plugin {
  const library = join(import.meta.dirname, "node_modules/pdfjs-dist");
  const { version } = JSON.parse(readFileSync(join(library, "package.json"), "utf8")) as { version: string };
  return {
    name: "pdf-decoders",
    apply: "build",
    generateBundle() {
      for (const name of DECODERS) this.emitFile({ type: "asset", fileName: `assets/pdf-${version}/${name}`, source: readFileSync(join(library, "wasm", name)) });
    },
  };
}

/** The script that the browser runs while the one of the whole page is still on its way. */
const AHEAD = join(import.meta.dirname, "src/ahead.ts");

/** What that script imports, and what this imports in turn: it comes in one file, with nothing that only draws. */
const ofAhead = new Set<string>();

/** Fonts that every page has. */
const FONTS = /(inter|jetbrains-mono)-latin-wght-normal/;

/** Makes the browser ask at once for what it would find late: the script that reads ahead, and the fonts. */
function askEarly(): Plugin {
  return {
    name: "ask-early",
    buildEnd() {
      const wanted = [AHEAD];
      for (const id of wanted) {
        if (ofAhead.has(id)) continue;
        ofAhead.add(id);
        wanted.push(...(this.getModuleInfo(id)?.importedIds ?? []));
      }
    },
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle }) {
        const files = Object.values(bundle ?? {});
        const built = files.find((file) => file.type === "chunk" && file.facadeModuleId === AHEAD);
        const src = built ? `./${built.fileName}` : "/src/ahead.ts";
        const fonts = files.map(({ fileName }) => fileName).filter((name) => FONTS.test(name));
        return [
          { tag: "script", attrs: { type: "module", async: true, fetchpriority: "high", crossorigin: true, src }, injectTo: "head-prepend" },
          ...fonts.map((name) => ({ tag: "link", attrs: { rel: "preload", as: "font", type: "font/woff2", crossorigin: true, href: `./${name}` }, injectTo: "head" as const })),
        ];
      },
    },
  };
}

export default defineConfig({
  base: "./", // the pages work below any prefix
  plugins: [react(), askEarly(), addDecoders(), precompress()],
  resolve: { alias: { "@": join(import.meta.dirname, "src") } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy takes no fonts or scripts from data: URLs
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: { index: "index.html", ahead: AHEAD },
      // What the first page needs of libraries is one file: a browser asks a server for six at once.
      output: {
        codeSplitting: {
          groups: [
            { name: "ahead", test: (id) => ofAhead.has(id) },
            { name: "base", test: /node_modules\/.*js$/, tags: ["$initial"] },
            // The same for what several other pages need, the charts of the first one among them.
            { name: "more", test: /node_modules\/(@mantine|@floating-ui|@tabler|@tanstack|react-)/, minShareCount: 4 },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/ajax-api", "/get-artifact", "/model-versions"].map((path) => [
        path,
        process.env.HEADRACE_URL ?? "http://127.0.0.1:5000",
      ]),
    ),
  },
  // What needs a document says so in its first line: making one for each file took most of the time.
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"] },
});
