// What a process and a home cost at this moment, and the table of what must not grow.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { memoryKiB } from "../bench/backburner.ts";

export interface Cost {
  rssMiB: number;
  descriptors: number;
}

export function costOf(pid: number): Cost {
  return { rssMiB: memoryKiB(pid, ["Rss"]) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

/** Bytes of the store, and of the log that SQLite uses over and over (wal.html: about 1,000 pages, more under a long reader). */
export function storeBytes(home: string): { file: number; log: number } {
  const size = (suffix: string) => statSync(join(home, `backburner.db${suffix}`), { throwIfNoEntry: false })?.size ?? 0;
  return { file: size(""), log: size("-wal") };
}

export function directories(home: string): number {
  return readdirSync(join(home, "tasks")).length;
}

export interface Row {
  what: string;
  figure: string;
  measured: string;
  "must be": string;
  holds: "yes" | "no" | "–";
}

/** The findings of one load, as rows of the table. */
export class Findings {
  readonly rows: Row[] = [];
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  exactly(figure: string, measured: number, wanted: number): void {
    this.#add(figure, String(measured), `= ${wanted}`, measured === wanted);
  }

  atMost(figure: string, measured: number, most: number, unit = ""): void {
    this.#add(figure, shown(measured, unit), `≤ ${shown(most, unit)}`, measured <= most);
  }

  /** Told, not judged. */
  told(figure: string, measured: number, unit = ""): void {
    this.rows.push({ what: this.#what, figure, measured: shown(measured, unit), "must be": "", holds: "–" });
  }

  #add(figure: string, measured: string, wanted: string, holds: boolean): void {
    this.rows.push({ what: this.#what, figure, measured, "must be": wanted, holds: holds ? "yes" : "no" });
  }
}

function shown(value: number, unit: string): string {
  const text = Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
  return unit === "" ? text : `${text} ${unit}`;
}
