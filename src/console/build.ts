/**
 * Builds the console into dist/console/, where the API serves it from: `npm run console`.
 *
 * It does nothing when what it was built from is unchanged, so that a setup and a start may always call it. The files
 * are compressed here, once and as small as they get; the server sends them as they are.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const ROOT = path.join(import.meta.dirname, "../..");
const OUTPUT = path.join(ROOT, "dist/console");
/** Names what the files were built from; no file of the console itself, so it is not served. */
const MARK = path.join(ROOT, "dist/console.built");
/** What the build reads: nothing else of src/ may be imported by the console but platform/auth/access.ts and platform/wire/trim.ts, and what they need. */
const SOURCES = ["src/console", "src/platform", "gen", "package-lock.json"];
const COMPRESSED = /\.(?:js|css|html|svg)$/;

/** A start goes on without the console where only what runs in production is installed. */
const optional = process.argv.includes("--optional");

if (readMark() !== sourcesHash()) await build();

async function build(): Promise<void> {
  const vite = await import("vite").catch(() => {
    console.error(
      "The console is not built: that needs the development packages. To have it, run: npm ci && npm run console",
    );
    process.exit(optional ? 0 : 1);
  });
  // React has a second, slower half for developers, which a test run would choose here.
  process.env["NODE_ENV"] = "production";
  await vite.build({
    configFile: false,
    root: import.meta.dirname,
    base: "/console/",
    logLevel: "warn",
    // The module preload polyfill and inlined assets would be scripts and addresses that the page's policy forbids.
    build: {
      outDir: OUTPUT,
      emptyOutDir: true,
      target: "es2023",
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      // A test counts what the first view costs, compressed.
      chunkSizeWarningLimit: 1_000,
      rollupOptions: {
        // "use client" speaks to servers that render React; there is none here.
        onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning),
      },
    },
    esbuild: { jsx: "automatic", legalComments: "none" },
  });
  for (const file of filesIn(OUTPUT).filter((one) => COMPRESSED.test(one))) {
    const bytes = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(bytes));
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  }
  writeFileSync(MARK, sourcesHash());
  console.log("The console is built.");
}

function readMark(): string | undefined {
  try {
    return readFileSync(MARK, "utf8");
  } catch {
    return undefined;
  }
}

function sourcesHash(): string {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap((source) => filesIn(path.join(ROOT, source)))) {
    hash.update(path.relative(ROOT, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** A file itself, or all files in a folder, in a fixed order. */
function filesIn(place: string): string[] {
  if (path.extname(place) === ".json") return [place];
  const entries = readdirSync(place, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
