// Finds the peers, or installs them from Debian and npm into a cache outside of the tree. Who can't be had is named with the reason.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../../src/errors.ts";

export type PeerName = "task-spooler" | "nq" | "sem" | "pm2" | "DesktopCommander" | "manage-bg-mcp";

export interface Installed {
  name: PeerName;
  version: string;
  /** What stands before a call's own arguments. */
  argv: string[];
}

export interface Missing {
  name: PeerName;
  reason: string;
}

export interface Peers {
  installed: Installed[];
  missing: Missing[];
}

/** A Debian package and the program of it. */
const DEBIAN: { name: PeerName; package: string; program: string }[] = [
  { name: "task-spooler", package: "task-spooler", program: "tsp" },
  { name: "nq", package: "nq", program: "nq" },
  { name: "sem", package: "parallel", program: "sem" },
];

/** An npm package at the version that was looked at, and its entry; `overrides` mend what it can't be installed without. */
const NPM: { name: PeerName; package: string; version: string; entry: string; overrides?: object }[] = [
  { name: "pm2", package: "pm2", version: "7.0.4", entry: "bin/pm2" },
  {
    name: "DesktopCommander",
    package: "@wonderwhy-er/desktop-commander",
    version: "0.2.52",
    entry: "dist/index.js",
    overrides: { "typedarray.prototype.slice": "1.0.5" }, // asks for ^1.0.6, which not every mirror has
  },
  {
    name: "manage-bg-mcp",
    package: "@mizunashi_mana/manage-bg-mcp",
    version: "0.0.5",
    entry: "dist/src/index.js",
  },
];

/** `install` false: only what is there already. */
export async function findPeers(install: boolean): Promise<Peers> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "backburner-bench");
  const peers: Peers = { installed: [], missing: [] };
  const take = async (name: PeerName, find: () => Promise<Omit<Installed, "name">>) => {
    try {
      peers.installed.push({ name, ...(await find()) });
    } catch (error) {
      peers.missing.push({ name, reason: messageOf(error) });
    }
  };
  for (const one of DEBIAN) await take(one.name, () => debian(one, join(cache, "debian", one.package), install));
  for (const one of NPM) await take(one.name, () => npm(one, join(cache, "npm", one.name), install));
  return peers;
}

async function debian(one: (typeof DEBIAN)[number], directory: string, install: boolean) {
  const onPath = Bun.which(one.program);
  if (onPath !== null) {
    return { argv: [onPath], version: await said("dpkg-query", "-W", "-f=${Version}", one.package) };
  }
  const program = join(directory, "usr/bin", one.program);
  if (!existsSync(program)) {
    if (!install) throw new Error("not installed; a run without --quick installs it");
    mkdirSync(directory, { recursive: true });
    await done(directory, "apt-get", "download", one.package);
    const file = readdirSync(directory).find((name) => name.endsWith(".deb")) ?? "";
    await done(directory, "dpkg-deb", "-x", file, ".");
  }
  const file = readdirSync(directory).find((name) => name.endsWith(".deb")) ?? "";
  return { argv: [program], version: decodeURIComponent(file.split("_")[1] ?? "?") };
}

async function npm(one: (typeof NPM)[number], directory: string, install: boolean) {
  const entry = join(directory, "node_modules", one.package, one.entry);
  const node = Bun.which("node");
  if (node === null) throw new Error("there is no Node");
  if (!existsSync(entry)) {
    if (!install) throw new Error("not installed; a run without --quick installs it");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true, overrides: one.overrides ?? {} }));
    const what = `${one.package}@${one.version}`;
    await done(directory, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", what);
  }
  return { argv: [node, entry], version: one.version };
}

async function said(...argv: string[]): Promise<string> {
  const run = Bun.spawn(argv, { stdout: "pipe", stderr: "ignore", stdin: "ignore" });
  return (await run.stdout.text()).trim() || "?";
}

async function done(cwd: string, ...argv: string[]): Promise<void> {
  const run = Bun.spawn(argv, { cwd, stdout: "ignore", stderr: "pipe", stdin: "ignore" });
  const complaint = await run.stderr.text();
  if ((await run.exited) === 0) return;
  const first = complaint.split("\n").find((line) => /error|E:/.test(line));
  throw new Error(`${argv.slice(0, 2).join(" ")} failed: ${first ?? complaint.trim()}`);
}
