// Makes the one binary. For this machine: dist/backburner (`--if-missing`: only when a source is newer). `--all`: an archive for every
// target and SHA256SUMS, in dist/release (`--outdir`); `--target linux-arm64` (repeatable) makes only those. `--kill-points`
// makes dist/kill-points/backburner, which tests can make die at a point of its way (src/kill-points.ts): never an archive.

import { Glob } from "bun";
import { zipSync } from "fflate";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { pack as tar } from "tar-stream";
import { version } from "./package.json";

/** Our names, and the runtimes that Bun has for them: `baseline` runs on every x64 processor, `modern` needs AVX2. */
const TARGETS = {
  "linux-x64": "bun-linux-x64-baseline",
  "linux-x64-musl": "bun-linux-x64-baseline-musl",
  "linux-arm64": "bun-linux-arm64",
  "linux-arm64-musl": "bun-linux-arm64-musl",
  "darwin-x64": "bun-darwin-x64-baseline",
  "darwin-arm64": "bun-darwin-arm64",
  "windows-x64": "bun-windows-x64-baseline",
  "windows-arm64": "bun-windows-arm64",
} as const satisfies Record<string, Bun.Build.CompileTarget>;

type Target = keyof typeof TARGETS;

const { values } = parseArgs({
  options: {
    "if-missing": { type: "boolean", default: false },
    "kill-points": { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    target: { type: "string", multiple: true, default: [] },
    outdir: { type: "string", default: "dist/release" },
  },
});

const OUTFILE = `dist/${values["kill-points"] ? "kill-points/" : ""}backburner${process.platform === "win32" ? ".exe" : ""}`;

if (values.all || values.target.length > 0) {
  await release(values.outdir, values.all ? Object.keys(TARGETS) : values.target);
} else if (!values["if-missing"] || isStale()) {
  await compile(OUTFILE, commitOf(), undefined, values["kill-points"]);
  console.log(`built ${OUTFILE} (${mebibytes(OUTFILE)} MiB)`);
}

/** Compiles for `target`, or for this machine. */
async function compile(outfile: string, commit: string, target?: Target, killPoints = false): Promise<void> {
  const result = await Bun.build({
    entrypoints: ["src/main.ts"],
    compile: {
      outfile,
      ...(target && { target: TARGETS[target] }),
      // Nothing of the directory that the binary is started in may be loaded or run.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    minify: true,
    splitting: true, // a role loads only its own half: less memory for each supervisor, and a sooner start
    bytecode: true,
    format: "esm", // bytecode with top-level await needs it
    define: {
      "process.env.NODE_ENV": '"production"',
      "process.env.BACKBURNER_BUILD": killPoints ? '"kill-points"' : '"product"',
      BUILD_COMMIT: JSON.stringify(commit),
      BUILD_TARGET: JSON.stringify(target ?? thisMachine()),
    },
  });
  for (const log of result.logs) console.error(log);
  if (!result.success) process.exit(1);
}

/** Makes `directory` anew, with an archive for each of the targets. */
async function release(directory: string, names: string[]): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  const sums: string[] = [];
  for (const name of names) {
    if (!isTarget(name)) throw new Error(`there is no target "${name}"; there are ${Object.keys(TARGETS).join(", ")}`);
    const windows = name.startsWith("windows-");
    const binary = join(directory, name, windows ? "backburner.exe" : "backburner");
    mkdirSync(join(directory, name), { recursive: true });
    await compile(binary, commitOf(), name);
    const root = `backburner-${version}-${name}`;
    const archive = windows ? `${root}.zip` : `${root}.tar.gz`;
    const bytes = await (windows ? zipped : tarred)(root, [binary, "README.md", "LICENSE"]);
    writeFileSync(join(directory, archive), bytes);
    sums.push(`${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  ${archive}`);
    console.log(`built ${join(directory, archive)} (${mebibytes(join(directory, archive))} MiB)`);
  }
  writeFileSync(join(directory, "SHA256SUMS"), `${sums.join("\n")}\n`);
}

// Nothing of an archive tells when or by whom it was made: two builds of one commit are equal, byte for byte.

async function tarred(root: string, paths: string[]): Promise<Uint8Array> {
  const archive = tar();
  for (const [index, path] of paths.entries()) {
    archive.entry(
      { name: `${root}/${basename(path)}`, mode: index === 0 ? 0o755 : 0o644, mtime: new Date(0) },
      readFileSync(path),
    );
  }
  archive.finalize();
  return Bun.gzipSync(new Uint8Array(await buffer(archive)));
}

async function zipped(root: string, paths: string[]): Promise<Uint8Array> {
  const files = paths.map((path) => [`${root}/${basename(path)}`, new Uint8Array(readFileSync(path))] as const);
  // The first moment that a zip can hold, in the time zone of whoever builds: a zip knows none.
  return zipSync(Object.fromEntries(files), { mtime: new Date(1980, 0, 1) });
}

function isTarget(name: string): name is Target {
  return Object.hasOwn(TARGETS, name);
}

function thisMachine(): string {
  // The runtime that runs this names its loader in its first page; ours is made of the same.
  const musl = readFileSync(process.execPath).subarray(0, 4096).includes("/ld-musl-");
  return `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}${musl ? "-musl" : ""}`;
}

/** The commit that is built, marked when the tree differs from it. "unknown" outside a repository. */
function commitOf(): string {
  const git = Bun.which("git");
  if (git === null) return "unknown";
  const { stdout, success } = Bun.spawnSync([git, "describe", "--always", "--dirty", "--abbrev=8", "--exclude=*"]);
  return success ? stdout.toString().trim() : "unknown";
}

function mebibytes(path: string): string {
  return (statSync(path).size / 2 ** 20).toFixed(0);
}

function isStale(): boolean {
  if (!existsSync(OUTFILE)) return true;
  const builtAtMs = statSync(OUTFILE).mtimeMs;
  const sources = [...new Glob("src/**/*.ts").scanSync("."), "build.ts", "package.json", "bun.lock"];
  return sources.some((path) => statSync(path).mtimeMs > builtAtMs);
}
