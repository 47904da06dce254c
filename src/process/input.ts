// The open stdin of a command: what is written queues up here in order, never blocks, and waits for the command to read.

export interface CommandInput {
  /** Bytes that the command's pipe or terminal had no room for yet. */
  readonly queuedBytes: number;
  /** Resolves true once the pipe or terminal has taken them, false when the command has closed its stdin, or it was ended here. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Says that nothing more will come, after all that was written. False as above. */
  end(): Promise<boolean>;
  /** The command has ended: lets go of everything. */
  close(): void;
  /** Whether one of the processes is blocked reading it, as far as can be seen. `atPrompt`: the last line printed is unfinished. */
  isAwaited(pids: number[], atPrompt: boolean): boolean;
  /** Only a terminal has a size. */
  resize?(cols: number, rows: number): void;
}

/** One write after another. */
export class InputQueue {
  queuedBytes = 0;
  #last: Promise<boolean> = Promise.resolve(true);

  /** `put` gives false once nothing can be written any more; then it is not called again. */
  add(bytes: number, put: () => Promise<boolean>): Promise<boolean> {
    this.queuedBytes += bytes;
    this.#last = this.#last
      .then((open) => open && put())
      .finally(() => {
        this.queuedBytes -= bytes;
      });
    return this.#last;
  }
}
