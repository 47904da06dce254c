// Starts a task's command in a terminal of its own, whose session it leads.

import type { Outcome } from "../task.ts";
import { type CommandInput, InputQueue } from "./input.ts";
import { isReadable } from "./libc.ts";
import { outcomeOf } from "./outcome.ts";
import { nextTurn } from "./pipe.posix.ts";
import { isReadBy, masterOf, terminalOf } from "./reading.ts";
import type { Spawned, SpawnRequest, TerminalSize } from "./spawn.ts";
import { withUmask } from "./spawn.posix.ts";

/** The end of a terminal that nobody holds any more comes together with the end of the last who did. */
const END_MS = 20;
/** Where it can't be asked whether a terminal holds more, whoever prints all the time is not waited for any longer. */
const LONGEST_GUESS_MS = 100;
/** More than a terminal holds unread (Linux: 64 KiB and a line buffer). */
const MOST_HELD_BYTES = 128 * 1024;

/** As spawnCommand; all output is of the stream stdout. */
export function spawnInTerminal(request: Omit<SpawnRequest, "openStdin" | "block">, size: TerminalSize): Spawned {
  const { promise: exited, resolve } = Promise.withResolvers<Outcome>();
  const hungUp = Promise.withResolvers<void>();
  let onDrain = () => {};
  const seen = { bytes: 0, lastMs: 0, end: false };
  const { pid, terminal } = withUmask(request.umask, () =>
    Bun.spawn([...request.shell, request.command], {
      cwd: request.cwd,
      env: request.env,
      // A session of its own, with this as its controlling terminal.
      terminal: {
        ...size,
        data: (_, chunk) => {
          seen.bytes += chunk.length;
          seen.lastMs = performance.now();
          request.onOutput("stdout", chunk);
        },
        exit: () => hungUp.resolve(), // EIO or end of file, after the last byte
        drain: () => onDrain(),
      },
      onExit: (_, exitCode, signal) => resolve(outcomeOf(exitCode, signal)),
    }),
  );
  if (!terminal) throw new Error("no terminal could be made");
  const closed = hungUp.promise.then(() => terminal.close());
  const path = terminalOf(pid);
  const input = new TerminalInput(terminal, path);
  onDrain = () => input.drained();
  void closed.then(() => (seen.end = true));
  let master: number | undefined;
  const catchUp = async () => {
    if (path !== undefined) master ??= masterOf(path);
    const longestMs = performance.now() + LONGEST_GUESS_MS;
    const hasMore = () =>
      master === undefined ? performance.now() < Math.min(seen.lastMs + END_MS, longestMs) : isReadable(master);
    const enough = seen.bytes + MOST_HELD_BYTES; // somebody may print without end
    while (!seen.end && seen.bytes < enough && hasMore()) await nextTurn();
    await nextTurn();
  };
  /** Somebody who was left running may hold the terminal: then what lies in it now is all. */
  const drain = async () => {
    await Promise.race([closed, Bun.sleep(END_MS)]);
    await catchUp();
  };
  return { pid, exited, closed, drain, catchUp, input };
}

const [NEWLINE, RETURN] = [10, 13];
const END_OF_FILE = 4; // ctrl-d
const isLinux = process.platform === "linux";
const ECHO = 0o10;
const ICANON = isLinux ? 0o2 : 0x100;

class TerminalInput implements CommandInput {
  readonly #queue = new InputQueue();
  readonly #terminal: Bun.Terminal;
  readonly #path: string | undefined;
  #onDrain = () => {};
  #closed = false;
  #midLine = false;

  constructor(terminal: Bun.Terminal, path: string | undefined) {
    this.#terminal = terminal;
    this.#path = path;
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
    const path = this.#path;
    return path !== undefined && pids.some((pid) => isReadBy(pid, { links: [path, "/dev/tty"] }, atPrompt));
  }

  resize(cols: number, rows: number): void {
    if (!this.#terminal.closed) this.#terminal.resize(cols, rows);
  }
}
