// The FIFOs that this process waits at. Each is read once, however many wait for its task and however often: to open it again for every
// wait costs more than all else in a wait for a hundred tasks.

import { closeSync, constants, readSync } from "node:fs";
import { openFifo } from "../files.ts";
import { isHungUp } from "../process/libc.ts";

interface Held {
  fd: number;
  /** What wakes those who wait. */
  waiting: Set<() => void>;
  letGo(): void;
}

const held = new Map<string, Held>();
/** Nobody waits at more than so many for the moment: each takes two descriptors. */
const MOST_UNUSED = 100;

/** Resolves when the FIFO is at its end, or the signal is aborted; at once with false when there is none, or no descriptors for it are free. */
export async function untilReleased(path: string, signal: AbortSignal): Promise<boolean> {
  let fifo = held.get(path);
  if (!fifo) {
    const opened = tryOpen(path);
    if (opened === undefined) return false;
    if (!hasWriter(opened)) return (closeSync(opened), true); // its supervisor is gone
    fifo = read(path, opened);
    if (!fifo) return (closeSync(opened), false);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  fifo.waiting.add(wake);
  signal.addEventListener("abort", wake, { once: true });
  if (signal.aborted) wake();
  await promise;
  signal.removeEventListener("abort", wake);
  fifo.waiting.delete(wake);
  if (fifo.waiting.size === 0 && held.get(path) === fifo && held.size > MOST_UNUSED) fifo.letGo();
  return true;
}

/** True when this process waits at the FIFO, or has, and somebody holds its other end now. */
export function isHeld(path: string): boolean {
  const fifo = held.get(path);
  return fifo !== undefined && !isHungUp(fifo.fd);
}

/** Begins to read it, until its end or until it is let go of. `undefined` when no second descriptor is free, which Bun reads it by. */
function read(path: string, fd: number): Held | undefined {
  const reader = tryReader(fd);
  if (!reader) return undefined;
  const fifo: Held = {
    fd,
    waiting: new Set(),
    letGo() {
      held.delete(path);
      void reader.cancel();
    },
  };
  held.set(path, fifo);
  const toItsEnd = async () => {
    while (!(await reader.read()).done);
  };
  const over = () => {
    if (held.get(path) === fifo) held.delete(path);
    closeSync(fd);
    for (const wake of fifo.waiting) wake();
  };
  toItsEnd().then(over, over);
  return fifo;
}

function tryReader(fd: number) {
  try {
    return Bun.file(fd).stream().getReader();
  } catch {
    return undefined;
  }
}

function tryOpen(path: string): number | undefined {
  try {
    return openFifo(path, constants.O_RDONLY);
  } catch {
    return undefined;
  }
}

/** A FIFO that nobody writes to any more is at its end, but poll(2) does not tell who opened it after that (fifo(7)): a read does. */
function hasWriter(fifo: number): boolean {
  try {
    return readSync(fifo, new Uint8Array(1)) > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAGAIN";
  }
}
