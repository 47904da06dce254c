// What a running task prints: into its log, and what is known of it at the end. A log that can't be written must not stop the command:
// what is lost is counted and told.

import { messageOf } from "../errors.ts";
import type { Home } from "../home.ts";
import { dieAt } from "../kill-points.ts";
import type { Stream } from "../output/index.ts";
import { OutputWriter } from "../output/writer.ts";
import type { Account } from "../store/write.ts";
import type { Progress, Task, TaskId } from "../task.ts";
import { ProgressKeeper } from "./progress.ts";
import { trace } from "./trace.ts";

/** What SQLite's log takes for one transaction, several times over. */
const ROOM_FOR_END_BYTES = 64 * 1024;

export class TaskOutput {
  readonly #id: TaskId;
  readonly #writer: OutputWriter;
  readonly #progress: ProgressKeeper;
  #lostBytes = 0;
  #gaveWay = false;

  /** `record` is told the task's progress when the output says something new of it. */
  constructor(home: Home, { id, maxOutputBytes }: Task, record: (progress: Progress) => void) {
    this.#id = id;
    this.#writer = new OutputWriter(home, id, maxOutputBytes);
    this.#progress = new ProgressKeeper(record);
  }

  /** False when it is lost. `running`: what it says of the progress counts. */
  append(stream: Stream, chunk: Uint8Array, running: boolean): boolean {
    try {
      if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: before first byte");
      this.#writer.append(stream, chunk);
      if (process.env.BACKBURNER_BUILD === "kill-points") dieAt("supervisor: after first byte");
    } catch (error) {
      if (this.#lostBytes === 0) trace(`task ${this.#id}: output is being lost: ${messageOf(error)}`);
      this.#lostBytes += chunk.length;
      return false;
    }
    if (running) this.#progress.push(chunk);
    return true;
  }

  get bytes(): number {
    return this.#writer.bytes;
  }

  get midLine(): boolean {
    return this.#writer.midLine;
  }

  /** Puts the log back where somebody has deleted it. */
  restore(): void {
    try {
      this.#writer.restore();
    } catch (error) {
      trace(`task ${this.#id}: its log was deleted and can't be put back: ${messageOf(error)}`);
    }
  }

  /** Stops looking for progress. The last one, when there was any. */
  endProgress(): Progress | undefined {
    return this.#progress.end();
  }

  /** The disk is full, and the end counts more than the last of the output: gives some of that up, once. */
  giveWay(): void {
    if (!this.#gaveWay) this.#lostBytes += this.#writer.giveUp(ROOM_FOR_END_BYTES);
    this.#gaveWay = true;
  }

  /** What is to be told of bytes that are not in the log. */
  get loss(): string | undefined {
    return this.#lostBytes > 0 ? `${this.#lostBytes} bytes of output could not be written` : undefined;
  }

  figures(): Partial<Account> {
    const { bytes, lines, lastAtMs } = this.#writer;
    return { outputBytes: bytes, outputLines: lines, ...(lastAtMs !== undefined && { lastOutputAtMs: lastAtMs }) };
  }

  close(): void {
    this.#writer.close();
  }
}
