// The binary of a version to come: the same sources with one more migration. A real one, so that two versions can meet.

import { join, resolve } from "node:path";
import { readText } from "./home.ts";

const ROOT = resolve(import.meta.dir, "../..");
const LAST_MIGRATION = "\n];\n\nexport const STORE_VERSION";

/** Builds it. Its store has one column more. */
export async function buildNewer(outfile: string): Promise<void> {
  const { success, logs } = await Bun.build({
    entrypoints: [join(ROOT, "src/main.ts")],
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
    minify: true,
    splitting: true,
    format: "esm",
    define: { "process.env.NODE_ENV": '"production"', BUILD_COMMIT: '"newer"', BUILD_TARGET: '"newer"' },
    plugins: [
      {
        name: "one more migration",
        setup(build) {
          build.onLoad({ filter: /src\/store\/migrations\.ts$/ }, ({ path }) => {
            const source = readText(path);
            if (source.split(LAST_MIGRATION).length !== 2) throw new Error("the list of migrations looks different");
            const added = "`ALTER TABLE tasks ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine'`,";
            return { contents: source.replace(LAST_MIGRATION, `\n${added}${LAST_MIGRATION}`), loader: "ts" };
          });
        },
      },
    ],
  });
  if (!success) throw new Error(logs.map(({ message }) => message).join("\n"));
}
