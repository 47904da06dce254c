// Makes the one binary. For this machine: dist/backburner (`--if-missing`: only when a source is newer). `--all`: everything that is handed
// out, for every target, in dist/release (`--outdir`); `--target linux-arm64` (repeatable) makes the archives of those, `--bundles` their .mcpb
// as well. `--repository OWNER/NAME` (or GITHUB_REPOSITORY) says where a release will lie. For tests alone: `--kill-points` makes
// dist/kill-points/backburner, which can be made to die at a point of its way (src/kill-points.ts), `--mac-paths` makes
// dist/mac-paths/backburner, which goes the ways of macOS (src/process/system.ts).

import { Glob } from "bun";
import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { repositoryNamed } from "./packaging/asset.ts";
import { type Build, compile } from "./packaging/compile.ts";
import { ALL_TARGETS, targetNamed } from "./packaging/targets.ts";

const { values } = parseArgs({
  options: {
    "if-missing": { type: "boolean", default: false },
    "kill-points": { type: "boolean", default: false },
    "mac-paths": { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    target: { type: "string", multiple: true, default: [] },
    bundles: { type: "boolean", default: false },
    repository: { type: "string", default: process.env.GITHUB_REPOSITORY ?? "" },
    outdir: { type: "string", default: "dist/release" },
  },
});

const BUILD: Build = values["kill-points"] ? "kill-points" : values["mac-paths"] ? "mac-paths" : "product";
const OUTFILE = `dist/${BUILD === "product" ? "" : `${BUILD}/`}backburner${process.platform === "win32" ? ".exe" : ""}`;

if (values.all || values.target.length > 0) {
  const targets = values.all ? ALL_TARGETS : values.target.map(targetNamed);
  const repository = values.repository === "" ? undefined : repositoryNamed(values.repository);
  const { release } = await import("./packaging/release.ts");
  await release(values.outdir, { targets, bundles: values.all || values.bundles, repository });
} else if (!values["if-missing"] || isStale()) {
  await compile(OUTFILE, undefined, BUILD);
  console.log(`built ${OUTFILE} (${(statSync(OUTFILE).size / 2 ** 20).toFixed(0)} MiB)`);
}

function isStale(): boolean {
  if (!existsSync(OUTFILE)) return true;
  const builtAtMs = statSync(OUTFILE).mtimeMs;
  const sources = [...new Glob("{src,packaging}/**/*.ts").scanSync("."), "build.ts", "package.json", "bun.lock"];
  return sources.some((path) => statSync(path).mtimeMs > builtAtMs);
}
