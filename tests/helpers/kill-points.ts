// The build that can be made to die at a point of its way (src/kill-points.ts), and what is asked of it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { KillPoint } from "../../src/kill-points.ts";
import { openStore } from "../../src/store/open.ts";
import { waitUntil } from "./home.ts";
import { Server } from "./server.ts";

const ROOT = resolve(import.meta.dir, "../..");
export const KILL_POINTS_BINARY = join(ROOT, "dist/kill-points/backburner");

/** Makes that build where it is missing or old. */
export async function buildKillPoints(): Promise<void> {
  const build = Bun.spawn([process.execPath, "build.ts", "--kill-points", "--if-missing"], {
    cwd: ROOT,
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await build.exited) !== 0) throw new Error("the build with kill points failed");
}

/** A server whose supervisors, like itself, die where `dieAt` says. */
export async function openMortal(home: string, env: Record<string, string> = {}): Promise<Server> {
  const server = new Server(home, { env, binary: KILL_POINTS_BINARY });
  await server.shakeHands();
  return server;
}

/** The next process of the home that comes by this point dies there, or is stopped; the ones after it are not. */
export function dieAt(home: string, point: KillPoint, signal: "SIGKILL" | "SIGSTOP" = "SIGKILL"): void {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "die-at"), `${signal} at ${point}`);
}

export function slotsHeld(home: string): number {
  return openStore(home).query<{ n: number }, []>("SELECT count(*) AS n FROM tasks WHERE slot = 1").get()?.n ?? 0;
}

/** A supervisor at the end of a full queue keeps its slot for moments. */
export async function untilNoSlotIsHeld(home: string): Promise<void> {
  await waitUntil("no slot is held", () => slotsHeld(home) === 0);
}
