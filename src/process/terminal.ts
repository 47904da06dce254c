// Starts a task's command in a terminal of its own: it leads the terminal's session, and its end hangs the terminal up.

import type { Outcome } from "../task.ts";
import { type CommandInput, InputQueue } from "./input.ts";
import { isReadBy, terminalOf } from "./reading.ts";
import { outcomeOf, type Spawned, type SpawnRequest, withUmask } from "./spawn.ts";

export interface TerminalSize {
  cols: number;
  rows: number;
}

export const DEFAULT_SIZE: TerminalSize = { cols: 80, rows: 24 };

/** The hang-up comes with the end of the session's leader. Only a command that gave its terminal up is not told of it. */
const HANG_UP_PATIENCE_MS = 1_000;

/** As spawnCommand; all output is of the stream stdout. */
export function spawnInTerminal(request: Omit<SpawnRequest, "openStdin">, size: TerminalSize): Spawned {
  const { promise: exited, resolve } = Promise.withResolvers<Outcome>();
  const hungUp = Promise.withResolvers<void>();
  let onDrain = () => {};
  const { pid, terminal } = withUmask(request.umask, () =>
    Bun.spawn(request.argv, {
      cwd: request.cwd,
      env: request.env,
      // A session of its own, with this as its controlling terminal.
      terminal: {
        ...size,
        data: (_, chunk) => request.onOutput("stdout", chunk),
        exit: () => hungUp.resolve(), // EIO or end of file, after the last byte
        drain: () => onDrain(),
      },
      onExit: (_, exitCode, signal) => resolve(outcomeOf(exitCode, signal)),
    }),
  );
  if (!terminal) throw new Error("no terminal could be made");
  const closed = hungUp.promise.then(() => terminal.close());
  const input = new TerminalInput(terminal, pid);
  onDrain = () => input.drained();
  return {
    pid,
    exited,
    closed,
    drain: () => Promise.race([closed, Bun.sleep(HANG_UP_PATIENCE_MS)]),
    input,
  };
}

const [NEWLINE, RETURN] = [10, 13];
const END_OF_FILE = 4; // ctrl-d
const isLinux = process.platform === "linux";
const ECHO = 0o10;
const ICANON = isLinux ? 0o2 : 0x100;

class TerminalInput implements CommandInput {
  readonly #queue = new InputQueue();
  readonly #terminal: Bun.Terminal;
  readonly #pid: number;
  #onDrain = () => {};
  #closed = false;
  #midLine = false;

  constructor(terminal: Bun.Terminal, pid: number) {
    this.#terminal = terminal;
    this.#pid = pid;
  }

  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  /** The runtime calls this when all that was written has been taken, also when that was at once. */
  drained(): void {
    this.#onDrain();
  }

  write(bytes: Uint8Array): Promise<boolean> {
    const last = bytes.at(-1);
    if (last !== undefined) this.#midLine = ![NEWLINE, RETURN, END_OF_FILE].includes(last);
    return this.#queue.add(bytes.length, async () => {
      if (this.#closed || this.#terminal.closed) return false;
      if (bytes.length === 0) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      this.#onDrain = () => resolve(true);
      this.#onClose = () => resolve(false);
      this.#terminal.write(bytes);
      return promise;
    });
  }
  #onClose = () => {};

  /** A terminal has no end: the key for it is pressed, twice after an unfinished line (termios(3): the first hands that over). */
  async end(): Promise<boolean> {
    return this.write(new Uint8Array(this.#midLine ? [END_OF_FILE, END_OF_FILE] : [END_OF_FILE]));
  }

  close(): void {
    this.#closed = true;
    this.#onClose();
  }

  isAwaited(pids: number[], atPrompt: boolean): boolean {
    if (this.#closed || this.#terminal.closed || this.queuedBytes > 0) return false;
    // Somebody reads lines that are not to be seen: a password, also one that is asked for by a program we may not look into.
    const flags = this.#terminal.localFlags;
    if (atPrompt && (flags & ICANON) !== 0 && (flags & ECHO) === 0) return true;
    const path = terminalOf(this.#pid);
    return path !== undefined && pids.some((pid) => isReadBy(pid, { links: [path, "/dev/tty"] }, atPrompt));
  }

  resize(cols: number, rows: number): void {
    if (!this.#terminal.closed) this.#terminal.resize(cols, rows);
  }
}
