// What is handed out, as a person gets it: one target's archive, built and unpacked, once for a test run.

import { unzipSync } from "fflate";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { table } from "../../src/process/table.ts";
import { waitUntil } from "./home.ts";

export const ROOT = resolve(import.meta.dir, "../..");

/** A directory of a release, and the archive in it. */
export interface Unpacked {
  /** The archive, whole. */
  archive: string;
  /** What it unpacked to. */
  directory: string;
  /** The binary in that. */
  binary: string;
}

/** The archive of a target such as `linux-arm64-musl`, made by `build.ts --target` and unpacked below `dist/targets`. Read it, never change it. */
export async function unpackedRelease(target: string): Promise<Unpacked> {
  const outdir = join(ROOT, "dist/targets", target);
  await onceInThisRun(outdir, async () => {
    await release(outdir, "--target", target);
    unpackInto(archiveIn(outdir), outdir);
  });
  const archive = archiveIn(outdir);
  const binary = binaryOf(archive, outdir);
  return { archive, directory: dirname(binary), binary };
}

function archiveIn(directory: string): string {
  const name = readdirSync(directory).find((file) => /\.(zip|tar\.gz)$/.test(file));
  if (name === undefined) throw new Error(`the build has made no archive in ${directory}`);
  return join(directory, name);
}

/** Unpacks an archive of a release. Returns the path of the binary in it. */
export function unpackInto(archive: string, into: string): string {
  if (archive.endsWith(".zip")) unzip(archive, into);
  else if (Bun.spawnSync(["tar", "-xzf", archive, "-C", into]).exitCode !== 0)
    throw new Error(`tar refuses ${archive}`);
  return binaryOf(archive, into);
}

function binaryOf(archive: string, unpackedIn: string): string {
  const directory = join(unpackedIn, basename(basename(archive, ".zip"), ".tar.gz"));
  return join(directory, archive.endsWith(".zip") ? "backburner.exe" : "backburner");
}

/** Where releases of tests would lie. */
export const REPOSITORY = "example/backburner";

/** The directory of everything that is handed out, for every target, made by `build.ts --all` once for a test run. It takes a minute. */
export async function wholeRelease(): Promise<string> {
  const outdir = join(ROOT, "dist/release");
  await onceInThisRun(outdir, () => release(outdir, "--all", "--repository", REPOSITORY));
  return outdir;
}

/**
 * Several test files may want the same, each in a process of its own: the first one makes it, the others wait for that. What an
 * earlier run has left is made anew.
 */
async function onceInThisRun(directory: string, make: () => Promise<void>): Promise<void> {
  const runner = process.env.BUN_TEST_WORKER_ID === undefined ? process.pid : process.ppid;
  const claim = `${directory}.${runner}-${table.find(runner)?.startedAt}`;
  const outcome = join(claim, "outcome");
  mkdirSync(dirname(directory), { recursive: true });
  if (!isFirst(claim)) await waitUntil(`${directory} is made`, () => existsSync(outcome), 240_000);
  else {
    writeFileSync(`${outcome}.new`, await make().then(() => "made", String));
    renameSync(`${outcome}.new`, outcome);
  }
  if (readFileSync(outcome, "utf8") !== "made") throw new Error(readFileSync(outcome, "utf8"));
}

function isFirst(claim: string): boolean {
  try {
    mkdirSync(claim);
  } catch {
    return false;
  }
  const [place, prefix] = [dirname(claim), basename(claim).replace(/[^.]*$/, "")];
  const earlier = readdirSync(place).filter((name) => name.startsWith(prefix) && name !== basename(claim));
  for (const name of earlier) rmSync(join(place, name), { recursive: true });
  return true;
}

/** Runs `build.ts` into a directory that it makes anew. */
export async function release(outdir: string, ...args: string[]): Promise<void> {
  await run([process.execPath, "build.ts", "--outdir", outdir, ...args]);
}

/** Unpacks a zip as every tool does; what it says of modes is not kept. */
export function unzip(archive: string, into: string): void {
  for (const [name, bytes] of Object.entries(unzipSync(new Uint8Array(readFileSync(archive))))) {
    if (name.endsWith("/")) continue;
    const path = join(into, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    chmodSync(path, 0o755);
  }
}

async function run(command: string[]): Promise<void> {
  const running = Bun.spawn(command, { cwd: ROOT, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [complaint, code] = await Promise.all([running.stderr.text(), running.exited]);
  if (code !== 0) throw new Error(`${command.join(" ")} left with ${code}: ${complaint}`);
}
