// Bundles the console's pages into `built/`: static files, nothing of which asks anybody but the place they came from.
import { build } from "esbuild";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "built");

await rm(built, { recursive: true, force: true });
await mkdir(built);
await build({
  entryPoints: [{ in: join(here, "src/main.tsx"), out: "app" }],
  outdir: built,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "eof",
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) {
  await copyFile(join(here, "src", name), join(built, name));
}
