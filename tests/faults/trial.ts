// One trial: a home, the load, the faults, rest, and judgement.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, kill, waitUntil } from "../helpers/home.ts";
import { ServerClient } from "./clients.ts";
import { judge } from "./judge.ts";
import { isTerminal, Ledger } from "./ledger.ts";
import { Load } from "./load.ts";
import { findAll, type Place } from "./targets.ts";

export interface TrialRequest {
  seed: string;
  /** Ends after that many faults, or that time. */
  faults: number;
  seconds: number;
  servers?: number;
  clis?: number;
  /** Told now and then. */
  onProgress?: (faults: number, events: number) => void;
}

const LOOK_MS = 500;
/** Three launches of 10 s each may go by before a task is given up, and a deaf one has its grace. */
const REST_MS = 90_000;

export class Trial {
  readonly place: Place;
  readonly ledger: Ledger;
  readonly #root: string;
  readonly #log: string;

  constructor(binary = BINARY) {
    this.#root = mkdtempSync(join(tmpdir(), "backburner-faults-"));
    this.place = { home: join(this.#root, "home"), work: join(this.#root, "work"), binary };
    this.#log = join(this.#root, "faults.jsonl");
    mkdirSync(this.place.home, { mode: 0o700 });
    mkdirSync(this.place.work);
    this.ledger = new Ledger(this.place, this.#log);
  }

  /** Load and faults, until all faults have fallen or the time is up. */
  async run({ seed, faults, seconds, servers = 5, clis = 4, onProgress }: TrialRequest): Promise<void> {
    const first = new ServerClient(this.place); // makes the store
    await first.call("list_tasks", {});
    await first.close();
    const load = new Load(this.place, this.ledger);
    const looking = setInterval(() => {
      this.ledger.look();
      onProgress?.(this.ledger.faults().length, load.known.length);
    }, LOOK_MS);
    const loading = load.run(seed, servers, clis);
    const chaos = Bun.spawn(
      [
        process.execPath,
        join(import.meta.dir, "chaos.ts"),
        this.place.home,
        this.place.work,
        this.#log,
        seed,
        String(faults),
      ],
      { stdin: "pipe", stdout: "ignore", stderr: "inherit" },
    );
    const timeUp = setTimeout(() => void chaos.stdin.end(), seconds * 1000);
    if (faults === 0) await Bun.sleep(seconds * 1000);
    if ((await chaos.exited) !== 0) throw new Error("the process that strikes has failed");
    clearTimeout(timeUp);
    load.over = true;
    for (const { pid } of findAll(this.place)) kill(pid, "SIGCONT");
    await loading;
    await this.#rest();
    clearInterval(looking);
  }

  /** Until nothing runs any more but what tasks left running, and that is ended as its user would end it. */
  async #rest(): Promise<void> {
    const reader = new ServerClient(this.place);
    const deadline = Date.now() + REST_MS;
    for (let open = this.#open(); open.length > 0 && Date.now() < deadline; open = this.#open()) {
      await reader.call("wait_task", { task_ids: open.slice(0, 1000), until: "all", timeout_seconds: 10 });
    }
    for (const row of this.ledger.rows()) {
      if (row.left_running !== null) await reader.call("cancel_task", { task_id: row.id, grace_seconds: 0 });
    }
    await reader.close();
    await waitUntil("every process has left", () => findAll(this.place).length === 0, 20_000).catch(() => {});
  }

  #open(): string[] {
    return this.ledger.rows().flatMap((row) => (isTerminal(row.status) ? [] : row.id));
  }

  judge(): void {
    judge(this.place, this.ledger);
  }

  /** Ends whatever is left, and removes the home. */
  async remove(): Promise<void> {
    await waitUntil("nothing of the trial runs", () => {
      const left = findAll(this.place);
      for (const { pid } of left) kill(pid, "SIGKILL");
      return left.length === 0;
    });
    rmSync(this.#root, { recursive: true, force: true });
  }
}
