// What one connection has started, waits for and has read: made with its server, gone with it.

import type { TaskId } from "../task.ts";

/** Of more open tasks the rows are not looked at for each reply of a burst, or each would cost as much as all before it together. */
const FEW_OPEN = 50;
const BETWEEN_LOOKS_MS = 50;

export class Connection {
  /** Tasks that it started and whose end it has not been told. */
  readonly open = new Set<TaskId>();
  readonly #awaited = new Map<TaskId, number>();
  #askedMs = -BETWEEN_LOOKS_MS;
  readonly #looked = new Map<TaskId, number>();
  readonly #read = new Map<string, number>();

  /** The task's end is to be told to this connection. */
  started(id: TaskId): void {
    this.open.add(id);
  }

  /** A call waits for these and will tell their end itself. Until the returned function is called no other reply does. */
  awaiting(ids: TaskId[]): () => void {
    const add = (amount: number) => {
      for (const id of ids) this.#awaited.set(id, (this.#awaited.get(id) ?? 0) + amount);
    };
    add(1);
    return () => {
      add(-1);
      for (const id of ids) if (this.#awaited.get(id) === 0) this.#awaited.delete(id);
    };
  }

  /** Ids whose end may be told now; of many only every so often, so that it may be told a few replies later. */
  untold(): TaskId[] {
    const nowMs = performance.now();
    if (this.open.size > FEW_OPEN && nowMs - this.#askedMs < BETWEEN_LOOKS_MS) return [];
    this.#askedMs = nowMs;
    return [...this.open].filter((id) => !this.#awaited.has(id));
  }

  /** The caller has been given a task's output up to there, of that stream. */
  read(id: TaskId, stream: string, toBytes: number): void {
    this.#read.set(`${id} ${stream}`, Math.max(toBytes, this.readTo(id, stream)));
  }

  /** How far the caller has read; 0 when it never did. */
  readTo(id: TaskId, stream: string): number {
    return this.#read.get(`${id} ${stream}`) ?? 0;
  }

  /** The caller has seen a task's output up to there, or a wait for words has used it up. */
  looked(id: TaskId, toBytes: number): void {
    this.#looked.set(id, Math.max(toBytes, this.lookedTo(id)));
  }

  /** Where output begins that is new to this connection; 0 when it never looked. */
  lookedTo(id: TaskId): number {
    return this.#looked.get(id) ?? 0;
  }
}
