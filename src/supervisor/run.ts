// One task from spawn to end: its command, its output, its limits, and what may be asked of it meanwhile.

import type { Home } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import { messageOf } from "../errors.ts";
import type { Stream } from "../output/index.ts";
import type { Family } from "../process/family.ts";
import type { Begun } from "../process/given.ts";
import type { Spawned } from "../process/spawn.ts";
import { identify, type ProcessInfo, table } from "../process/table.ts";
import { terminate } from "../process/terminate.ts";
import { leftoverOf } from "../process/tree.ts";
import type { Store } from "../store/open.ts";
import { writeCard } from "../store/card.ts";
import { type Account, prepareEnd, recordProcess, recordProgress } from "../store/write.ts";
import { type Ending, type Leftover, type Outcome, type Progress, statusOf, type Task } from "../task.ts";
import { beginCommand, whyNotBegun } from "./begin.ts";
import { endUnwanted } from "./unwanted.ts";
import type { ControlServer } from "./control.ts";
import { feed, takeInput, waitsForInput } from "./input.ts";
import { Limits } from "./limits.ts";
import { TaskOutput } from "./output.ts";
import { type Submission, takeSubmission } from "./submission.ts";
import { trace } from "./trace.ts";
import { chunkHandled } from "./upkeep.ts";

export interface RunContext {
  home: Home;
  store: () => Store;
  task: Task;
  family: Family;
  control: ControlServer;
  /** What is known of the command, if it was started together with this process. */
  begun: Begun | undefined;
}

/** How a task ended, and what is known beside that. */
export interface End {
  ending: Ending;
  account: Account;
}

/** How a task is ended from outside. */
export type Stop = { status: "cancelled" | "timed_out" | "interrupted"; reason?: string };

/** A command that ends sooner costs no extra write; whoever finds its supervisor dead finds it by its mark. */
const RECORD_PROCESS_MS = 10;
const TIMEOUT_GRACE_MS = 5_000;
/** Children that end together with their parent get this long to do so before they count as left running. */
const SETTLE_MS = 50;

export class Run {
  /** True when the ended task left no process: the supervisor may go on with another task. */
  leftNothing = true;

  readonly #context: RunContext;
  readonly #submission: Submission | undefined;
  readonly #output: TaskOutput;
  readonly #startedMs: number;
  #spawned: Spawned | undefined;
  #exited = false;
  #stop: Stop | undefined;
  #stopping: Promise<void> | undefined;
  #graceEndsMs = Infinity;
  #survivors: Leftover[] = [];
  #limits: Limits | undefined;

  constructor(context: RunContext) {
    this.#context = context;
    this.#startedMs = context.begun ? 0 : performance.now(); // as old as this process
    this.#submission = takeSubmission(context.home, context.task.id);
    this.#output = new TaskOutput(context.home, context.task, (progress) => this.#recordProgress(progress));
    context.control.attend(context.task.id, {
      cancel: (graceMs) => void this.stop({ status: "cancelled" }, graceMs),
      outputBytes: () => {
        this.#output.restore(); // whoever asks is about to read it
        return this.#output.bytes;
      },
      input: (bytes, eof) => takeInput(context.task, this.#spawned?.input, bytes, eof),
      resize: (cols, rows) => this.#spawned?.input?.resize?.(cols, rows),
      waitsForInput: () =>
        waitsForInput(
          context.task,
          this.#spawned,
          () => this.#processes(),
          () => this.#output.midLine,
        ),
    });
  }

  /** Runs the command. Resolves when it has ended and all it wrote is in the log; recording the end is the caller's. */
  async toItsEnd(): Promise<End> {
    const { task, family, begun } = this.#context;
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before spawn");
    try {
      this.#spawned = beginCommand(task, this.#submission, begun, (stream, chunk) => this.#append(stream, chunk));
    } catch (error) {
      if (begun && "pid" in begun) await endUnwanted(family, task.id, begun.pid);
      return { ending: { status: "failed", reason: await whyNotBegun(task, error) }, account: this.#account() };
    }
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: after spawn");
    const { pid, exited } = this.#spawned;
    family.own.add(pid);
    const recording = setTimeout(() => this.#settleIn(pid), RECORD_PROCESS_MS);
    this.#limits = new Limits(task, (reason) => void this.stop({ status: "timed_out", reason }, TIMEOUT_GRACE_MS));

    feed(task, this.#submission, this.#spawned.input);
    const outcome = await this.#awaitExit(exited);
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before end");
    this.#spawned.input?.close();
    this.#limits.clear();
    clearTimeout(recording);
    await this.#stopping; // the command may be dead before the rest of its tree is
    const account = { ...this.#account(), pid };
    const leftRunning = await this.#settle();
    await this.#spawned.drain();
    this.#output.restore();
    const progress = this.#output.endProgress();
    if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: after end");
    return {
      ending: this.#endingOf(outcome),
      account: { ...account, leftRunning, ...this.#output.figures(), ...(progress && { progress }) },
    };
  }

  /**
   * Ends the task's processes, if the command has not ended by itself. The first wish counts, but who has less patience shortens the
   * grace. Resolves when all are dead.
   */
  stop(stop: Stop, graceMs: number): Promise<void> {
    this.#graceEndsMs = Math.min(this.#graceEndsMs, performance.now() + graceMs);
    this.#stopping ??= this.#terminate(stop).finally(() => {
      if (this.#stop) return;
      this.#stopping = undefined; // there was nothing to end
      this.#graceEndsMs = Infinity;
    });
    return this.#stopping;
  }

  /** The disk is full, and the end counts more than the last of the output: gives some of that up, once. */
  giveWay({ ending, account }: End): End {
    this.#output.giveWay();
    return { ending: this.#endingOf(ending.outcome), account: { ...account, ...this.#output.figures() } };
  }

  /** The end is recorded: whoever waited for it learns it. `oneFollows`: this supervisor goes on with another task. */
  close(oneFollows: boolean): void {
    this.#context.control.leave({ survivors: this.#survivors });
    this.#spawned?.leave?.(oneFollows);
    void this.outputClosed().then(() => this.#output.close());
  }

  /** Resolves when nobody can write to the log any more: what was left running goes on printing into it. */
  async outputClosed(): Promise<void> {
    await this.#spawned?.closed;
  }

  #append(stream: Stream, chunk: Uint8Array): void {
    this.#limits?.heard();
    if (this.#output.append(stream, chunk, !this.#exited)) this.#context.control.announceOutput(this.#output.bytes);
    chunkHandled();
  }

  /** What a command is worth that does not end at once. */
  #settleIn(pid: number): void {
    this.#recordProcess(pid);
    this.#prepareEnd();
    try {
      this.#context.control.hold();
    } catch (error) {
      trace(`task ${this.#context.task.id}: whoever waits for it has to ask: ${messageOf(error)}`);
    }
  }

  /** Without it whoever finds this supervisor dead finds the command by its mark. */
  #recordProcess(pid: number): void {
    try {
      const identity = this.#context.task.process ? undefined : identify(pid);
      if (identity) recordProcess(this.#context.store(), this.#context.task.id, identity);
      writeCard(this.#context.home, this.#context.store(), this.#context.task.id);
    } catch (error) {
      trace(`task ${this.#context.task.id}: its process can't be recorded: ${messageOf(error)}`);
    }
  }

  /** Goes through those steps of the end that change nothing: what runs for the first time is slow, and at the end somebody waits. */
  #prepareEnd(): void {
    const { family, store } = this.#context;
    family.isChildless();
    void this.#spawned?.catchUp();
    this.#output.restore();
    this.#endingOf({ exitCode: 0 });
    this.#account();
    this.#output.figures();
    try {
      prepareEnd(store(), this.#context.task.id);
    } catch {} // the end says why
  }

  /** A store that can't be written (a full disk) must not stop the command either. */
  #recordProgress(progress: Progress): void {
    try {
      recordProgress(this.#context.store(), this.#context.task.id, progress);
    } catch (error) {
      trace(`task ${this.#context.task.id}: its progress can't be recorded: ${messageOf(error)}`);
    }
  }

  /** The command's outcome; `undefined` when it outlived SIGKILL and is not waited for any longer. */
  async #awaitExit(exited: Promise<Outcome>): Promise<Outcome | undefined> {
    const ended = exited.then((outcome) => {
      this.#exited = true;
      if (this.#spawned) this.#context.family.reaped(this.#spawned.pid);
      return outcome;
    });
    const stopped = Promise.withResolvers<undefined>();
    this.#onStopped = () => stopped.resolve(undefined);
    const first = await Promise.race([ended, stopped.promise]);
    if (first !== undefined || !this.#survivors.some((one) => one.pid === this.#spawned?.pid)) return ended;
    return undefined;
  }
  #onStopped = () => {};

  async #terminate(stop: Stop): Promise<void> {
    const pid = this.#spawned?.pid;
    // Who has ended by itself, though nobody has told us yet, keeps its true result.
    if (pid === undefined || this.#exited || (!table.find(pid) && table.find(process.pid))) return;
    this.#stop = stop;
    const { task, family } = this.#context;
    const beganMs = performance.now();
    const graceMs = () => this.#graceEndsMs - beganMs;
    const { survivors } = await terminate(() => this.#processes(), pid, graceMs, { hangUp: task.pty, deaths: family });
    this.#survivors = survivors.map(leftoverOf);
    this.#onStopped();
  }

  /** Every process of the task that is running now. */
  #processes(): ProcessInfo[] {
    return this.#context.family.membersOf(this.#context.task.id, this.#spawned?.pid);
  }

  /** What the command left running. Those that are just ending get a moment. */
  async #settle(): Promise<Leftover[]> {
    const { family } = this.#context;
    if (this.#stop) {
      this.leftNothing = this.#survivors.length === 0;
      return this.#survivors;
    }
    const deadline = performance.now() + SETTLE_MS;
    let left: ProcessInfo[] = [];
    while (!family.isChildless()) {
      const death = family.nextDeath();
      left = this.#processes();
      const remainingMs = deadline - performance.now();
      if (left.length === 0 || remainingMs <= 0) break;
      await Promise.race([death, Bun.sleep(remainingMs)]);
      left = [];
    }
    this.leftNothing = left.length === 0;
    return left.map(leftoverOf);
  }

  #endingOf(outcome: Outcome | undefined): Ending {
    const { loss } = this.#output;
    const stopped = this.#stop?.reason;
    const reason = stopped !== undefined && loss !== undefined ? `${stopped}; ${loss}` : (stopped ?? loss);
    return {
      status: this.#stop?.status ?? (outcome ? statusOf(outcome) : "failed"),
      ...(outcome && { outcome }),
      ...(reason !== undefined && { reason }),
    };
  }

  #account(): Account {
    return { finishedAtMs: Date.now(), durationMs: Math.round(performance.now() - this.#startedMs) };
  }
}
