// A disk of its own for a home, so small that it is soon full. Needs to be root, as the tests are.

import { closeSync, mkdirSync, openSync, statfsSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { kill, newHome, processesWith, waitUntil } from "./home.ts";

export class SmallDisk {
  readonly home: string;
  readonly #mounted: string[] = [];

  private constructor(home: string) {
    this.home = home;
  }

  /** Mounts it, hands it to the body, and takes it away with whatever still runs for its home. */
  static async use(bytes: number, body: (disk: SmallDisk) => Promise<void>): Promise<void> {
    const home = join(newHome(), "disk");
    mkdirSync(home);
    run("mount", "-t", "tmpfs", "-o", `size=${bytes},mode=700`, "tmpfs", home);
    const disk = new SmallDisk(home);
    disk.#mounted.push(home);
    try {
      await body(disk);
    } finally {
      await waitUntil(`nothing runs for ${home}`, () => {
        const left = processesWith(`BACKBURNER_HOME=${home}`);
        for (const pid of left) kill(pid, "SIGKILL");
        return left.length === 0;
      });
      for (const path of disk.#mounted.toReversed()) run("umount", "-l", path);
    }
  }

  /** Writes a file beside the home's own until not a byte more fits. */
  fill(): void {
    const fd = openSync(join(this.home, "filler"), "a");
    try {
      for (const size of [65_536, 4096, 1]) for (;;) if (!tryWrite(fd, Buffer.alloc(size))) break;
    } finally {
      closeSync(fd);
    }
    if (statfsSync(this.home).bavail > 0) throw new Error("the disk is not full");
  }

  /** Gives the space back. */
  free(): void {
    truncateSync(join(this.home, "filler"), 0);
  }

  /** The path of the same home as it is seen where it can't be written. */
  readOnlyView(): string {
    const view = `${this.home}-read-only`;
    mkdirSync(view);
    run("mount", "--bind", this.home, view);
    this.#mounted.push(view);
    run("mount", "-o", "remount,bind,ro", view);
    return view;
  }
}

function tryWrite(fd: number, bytes: Uint8Array): boolean {
  try {
    return writeSync(fd, bytes) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}

function run(...argv: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(argv, { stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} left with ${exitCode}: ${stderr.toString()}`);
}
