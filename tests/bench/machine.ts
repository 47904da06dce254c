// On what was measured, without its name; and whether somebody else was at work on it meanwhile.

import { readFileSync, statfsSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { readText } from "../helpers/home.ts";

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  system: string;
  kernel: string;
  /** Of homes and logs. */
  fileSystem: string;
  bun: string;
}

const TMPFS = 0x01021994; // statfs(2)

export function describeMachine(scratch: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? "?",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: /^PRETTY_NAME="(.*)"$/m.exec(readText("/etc/os-release"))?.[1] ?? process.platform,
    kernel: /^\d+\.\d+(?:\.\d+)?/.exec(release())?.[0] ?? release(),
    fileSystem: statfsSync(scratch).type === TMPFS ? "tmpfs" : "a disk",
    bun: Bun.version,
  };
}

/** Jiffies of all processors since the boot (proc_stat(5)). */
interface Times {
  busy: number;
  stolen: number;
  total: number;
}

function times(): Times {
  const fields = (/^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "").split(" ").map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, stolen = 0] = fields;
  const busy = user + nice + system + irq + soft;
  return { busy, stolen, total: busy + idle + wait + stolen };
}

/** Watches from the start, when nothing of ours runs yet, to the end. */
export class Watch {
  readonly #began: Times;
  readonly warnings: string[] = [];

  private constructor(began: Times, warnings: string[]) {
    this.#began = began;
    this.warnings = warnings;
  }

  static async begin(): Promise<Watch> {
    const before = times();
    await Bun.sleep(500);
    const now = times();
    const others = (now.busy - before.busy) / (now.total - before.total);
    const [load = 0] = loadavg();
    const warnings: string[] = [];
    if (others > 0.1) warnings.push(`others used ${percent(others)} of the processors before it began`);
    if (load > 0.5) warnings.push(`the load was ${load.toFixed(1)} before it began`);
    return new Watch(now, warnings);
  }

  /** What is to be said of the run. */
  end(): string[] {
    const now = times();
    const stolen = (now.stolen - this.#began.stolen) / Math.max(1, now.total - this.#began.total);
    return stolen > 0.01 ? [...this.warnings, `the hypervisor took ${percent(stolen)} of the time`] : this.warnings;
  }
}

const percent = (part: number) => `${Math.round(part * 100)}%`;
