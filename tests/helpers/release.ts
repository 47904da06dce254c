// What is handed out, as a person gets it: one target's archive, built and unpacked, once for a test run.

import { unzipSync } from "fflate";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

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

const made = new Map<string, Promise<Unpacked>>();

/** The archive of a target such as `linux-arm64-musl`, made by `build.ts --target` and unpacked below `dist/targets`. Read it, never change it. */
export function unpackedRelease(target: string): Promise<Unpacked> {
  const known = made.get(target) ?? unpack(target);
  made.set(target, known);
  return known;
}

async function unpack(target: string): Promise<Unpacked> {
  const outdir = join(ROOT, "dist/targets", target);
  await release(outdir, "--target", target);
  const name = readdirSync(outdir).find((file) => /\.(zip|tar\.gz)$/.test(file));
  if (name === undefined) throw new Error(`the build of ${target} has made no archive`);
  const archive = join(outdir, name);
  const binary = unpackInto(archive, outdir);
  return { archive, directory: dirname(binary), binary };
}

/** Unpacks an archive of a release. Returns the path of the binary in it. */
export function unpackInto(archive: string, into: string): string {
  if (archive.endsWith(".zip")) unzip(archive, into);
  else if (Bun.spawnSync(["tar", "-xzf", archive, "-C", into]).exitCode !== 0)
    throw new Error(`tar refuses ${archive}`);
  const directory = join(into, basename(basename(archive, ".zip"), ".tar.gz"));
  return join(directory, archive.endsWith(".zip") ? "backburner.exe" : "backburner");
}

/** Where releases of tests would lie. */
export const REPOSITORY = "example/backburner";

let whole: Promise<string> | undefined;

/** The directory of everything that is handed out, for every target, made by `build.ts --all` once for a test run. It takes a minute. */
export function wholeRelease(): Promise<string> {
  const outdir = join(ROOT, "dist/release");
  whole ??= release(outdir, "--all", "--repository", REPOSITORY).then(() => outdir);
  return whole;
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
