// The load: actors that start, wait, cancel, read and type, each through a server of its own or through CLIs, while they are struck.
// Whoever is killed is replaced.

import { type Action, actionsOf, type CommandPlan } from "./plan.ts";
import { Gone, Refused, runCli, ServerClient } from "./clients.ts";
import { answered, type Callee, told } from "./calls.ts";
import type { Ledger } from "./ledger.ts";
import type { Place } from "./targets.ts";
import { commandLineOf } from "./witness.ts";

interface Shown {
  task_id: string;
  status: string;
}

/** So that the load does not run away from what the machine can do. */
const MOST_OPEN = 60;

export class Load {
  /** Everything that any actor has started, the newest last. */
  readonly known: string[] = [];
  over = false;
  readonly #place: Place;
  readonly #ledger: Ledger;
  readonly #pending = new Set<Promise<void>>();

  constructor(place: Place, ledger: Ledger) {
    this.#place = place;
    this.#ledger = ledger;
  }

  /** Acts until it is over, and resolves when every call has been answered. */
  async run(seed: string, servers: number, clis: number): Promise<void> {
    await Promise.all([
      ...Array.from({ length: servers }, (_, n) => this.#actor(seed, `s${n}`, new ServerDoor(this.#place))),
      ...Array.from({ length: clis }, (_, n) => this.#actor(seed, `c${n}`, new CliDoor(this.#place))),
    ]);
    await Promise.all(this.#pending);
  }

  async #actor(seed: string, name: string, door: Door): Promise<void> {
    for (const action of actionsOf(seed, name)) {
      if (this.over) break;
      if (action.do === "start") while (this.#open() > MOST_OPEN && !this.over) await Bun.sleep(50);
      const doing = this.#do(door, action);
      // A wait goes on beside what comes next, as agents do it; one after the other is what a CLI's user does.
      if (action.do === "wait" && door.isServer) {
        this.#pending.add(doing);
        void doing.finally(() => this.#pending.delete(doing));
        await Bun.sleep(5);
      } else await doing;
    }
    await Promise.all(this.#pending);
    await door.close();
  }

  #open(): number {
    return this.known.slice(-200).filter((id) => !this.#ledger.endings.has(id)).length;
  }

  async #do(door: Door, action: Action): Promise<void> {
    const ledger = this.#ledger;
    const id = (pick: number) => this.known.at(-1 - pick) ?? this.known[0];
    const task = "pick" in action ? id(action.pick) : undefined;
    if ("pick" in action && task === undefined) return;
    const askedAtMs = Date.now();
    ledger.count(action.do);
    try {
      switch (action.do) {
        case "start": {
          const { task_id } = await answered(ledger, door, action.do, door.start(action.command));
          this.known.push(task_id);
          ledger.accept(task_id);
          return;
        }
        case "wait": {
          const ids = [...new Set(action.picks.flatMap((pick) => id(pick) ?? []))];
          if (ids.length === 0) return;
          const waiting = door.wait(ids, action.until, action.seconds);
          return this.#seen(await told(ledger, door, ids, action, waiting), askedAtMs);
        }
        case "cancel":
          ledger.cancelled.add(task ?? "");
          return this.#seen(
            [await answered(ledger, door, action.do, door.cancel(task ?? "", action.graceSeconds))],
            askedAtMs,
          );
        case "read":
          return this.#seen(
            [await answered(ledger, door, action.do, door.read(task ?? "", action.tailLines))],
            askedAtMs,
          );
        case "status":
          return this.#seen([await answered(ledger, door, action.do, door.status(task ?? ""))], askedAtMs);
        case "list":
          return this.#seen(await answered(ledger, door, action.do, door.list(action.limit)), askedAtMs);
        case "send":
          await answered(ledger, door, action.do, door.send(task ?? "", action.text, action.eof));
      }
    } catch (error) {
      if (error instanceof Gone) ledger.count("calls whose process was killed");
      else if (error instanceof Refused) this.#refused(action.do, error.message);
      else throw error;
    }
  }

  /** Some refusals are right answers in such a life. */
  #refused(what: Action["do"], message: string): void {
    this.#ledger.count("refused");
    const expected =
      /reads nothing any more|without an open stdin|does not answer|stdin is closed|not running yet|does not read/;
    if (!expected.test(message)) this.#ledger.violated("calls are answered", undefined, `${what}: ${message}`);
  }

  #seen(tasks: Shown[], askedAtMs: number): void {
    for (const { task_id, status } of tasks) if (status === "working") this.#ledger.shownWorking(task_id, askedAtMs);
  }
}

export interface Door extends Callee {
  isServer: boolean;
  start(command: CommandPlan): Promise<Shown>;
  wait(ids: string[], until: "all" | "any", seconds: number): Promise<Shown[]>;
  cancel(id: string, graceSeconds: number): Promise<Shown>;
  read(id: string, tailLines: number): Promise<Shown>;
  status(id: string): Promise<Shown>;
  list(limit: number): Promise<Shown[]>;
  send(id: string, text: string, eof: boolean): Promise<void>;
  close(): Promise<void>;
}

class ServerDoor implements Door {
  readonly isServer = true;
  readonly #place: Place;
  #server: ServerClient;

  constructor(place: Place) {
    this.#place = place;
    this.#server = new ServerClient(place);
  }

  get isGone(): boolean {
    return this.#server.isGone;
  }

  #call<T>(name: string, args: Record<string, unknown>): Promise<T> {
    if (this.#server.isGone) this.#server = new ServerClient(this.#place);
    return this.#server.call(name, args) as Promise<T>;
  }

  start(command: CommandPlan): Promise<Shown> {
    return this.#call("start_task", {
      command: commandLineOf(command),
      cwd: this.#place.work,
      interactive: command.shape === "reads",
      ...(command.timeoutSeconds !== undefined && { timeout_seconds: command.timeoutSeconds }),
    });
  }

  async wait(ids: string[], until: "all" | "any", seconds: number): Promise<Shown[]> {
    const args = { task_ids: ids, until, timeout_seconds: seconds };
    return (await this.#call<{ tasks: Shown[] }>("wait_task", args)).tasks;
  }

  cancel(id: string, graceSeconds: number): Promise<Shown> {
    return this.#call("cancel_task", { task_id: id, grace_seconds: graceSeconds });
  }

  read(id: string, tailLines: number): Promise<Shown> {
    return this.#call("task_result", { task_id: id, tail_lines: tailLines });
  }

  status(id: string): Promise<Shown> {
    return this.#call("task_status", { task_id: id });
  }

  async list(limit: number): Promise<Shown[]> {
    return (await this.#call<{ tasks: Shown[] }>("list_tasks", { limit })).tasks;
  }

  async send(id: string, text: string, eof: boolean): Promise<void> {
    await this.#call("send_input", { task_id: id, input: `${text}\n`, eof, wait_seconds: 0.2 });
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

class CliDoor implements Door {
  readonly isServer = false;
  readonly isGone = false;
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  async #run(args: string[], fine = [0]): Promise<string> {
    const { stdout, stderr, code } = await runCli(this.#place, args);
    if (!fine.includes(code)) throw new Refused(stderr);
    return stdout;
  }

  async start(command: CommandPlan): Promise<Shown> {
    const { timeoutSeconds } = command;
    const options = [
      "--json",
      "--cwd",
      this.#place.work,
      ...(command.shape === "reads" ? ["-i"] : []),
      ...(timeoutSeconds === undefined ? [] : ["--timeout", `${timeoutSeconds}s`]),
    ];
    return JSON.parse(await this.#run(["start", ...options, "--", commandLineOf(command)])) as Shown;
  }

  /** Leaves with the commands' own codes, whatever these are. */
  async wait(ids: string[], until: "all" | "any", seconds: number): Promise<Shown[]> {
    const options = ["--json", "--timeout", `${seconds}s`, ...(until === "any" ? ["--any"] : [])];
    const { stdout, stderr } = await runCli(this.#place, ["wait", ...options, ...ids]);
    if (stdout === "") throw new Refused(stderr);
    return (JSON.parse(stdout) as { tasks: Shown[] }).tasks;
  }

  async cancel(id: string, graceSeconds: number): Promise<Shown> {
    return JSON.parse(await this.#run(["cancel", "--json", "--grace", `${graceSeconds}s`, id])) as Shown;
  }

  async read(id: string, tailLines: number): Promise<Shown> {
    return JSON.parse(await this.#run(["logs", "--json", "-n", String(tailLines), id])) as Shown;
  }

  async status(id: string): Promise<Shown> {
    return JSON.parse(await this.#run(["status", "--json", id])) as Shown;
  }

  async list(limit: number): Promise<Shown[]> {
    return (JSON.parse(await this.#run(["list", "--json", "--limit", String(limit)])) as { tasks: Shown[] }).tasks;
  }

  async send(id: string, text: string, eof: boolean): Promise<void> {
    await this.#run(["send", ...(eof ? ["--eof"] : []), id, text]);
  }

  async close(): Promise<void> {}
}
