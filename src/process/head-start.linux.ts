// A command and its supervisor, started by a thread of C (head-start.c): compiled, told what to start, and joined.

import { cc, dlopen, type Pointer, ptr } from "bun:ffi";
import { closeSync, writeSync } from "node:fs";
import source from "./head-start.c" with { type: "text" };
import type { HeadStart } from "./head-start.ts";
import { openTrace } from "./detach.posix.ts";
import { programsOf } from "./spawn.posix.ts";
import { takesLinuxWays } from "./system.ts";

export function headStart(request: HeadStart): boolean {
  const isFound = request.command.shell[0]?.startsWith("/") === true; // another is looked for along PATH
  const compiled = isFound ? compile() : null;
  const order = compiled && layOut(request);
  if (!order) return false;
  if (compiled.start(ptr(order.words)) !== 0) {
    closeTrace(order);
    return false;
  }
  if (isDone(order) && hasFailed(order)) {
    compiled.end(ptr(order.words));
    return false;
  }
  attend(order, compiled);
  return true;
}

export function prepareHeadStart(): void {
  compile();
}

/** What a thread of ours reads and writes until it is done: `struct order` of head-start.c, and what that points to. */
interface Order {
  words: BigInt64Array;
  texts: Buffer;
  vectors: BigUint64Array;
  onFailure: () => void;
}

const underWay = new Set<Order>();
/** Its words. */
const [TRACE, DONE, FAILED, SUPERVISOR, WORDS] = [2, 26, 27, 28, 41 + (2 * 16_384) / 8];
/** A pid, a colon, a number of bytes, and what ends them. */
const BEGUN_ROOM = " ".repeat(24);

/** `undefined` for what execve(2) would take for something else. */
function layOut({ supervisor, command, submissionPath, logPath, tracePath, onFailure }: HeadStart): Order | undefined {
  const all = [{ ...supervisor, argv: [...supervisor.argv, BEGUN_ROOM] }, ...programsOf(command)];
  const texts = [submissionPath, logPath, command.cwd];
  const counts: number[] = [];
  for (const program of all) {
    if (!program) continue;
    const { path, argv, env } = program;
    const names = Object.keys(env);
    texts.push(path, ...argv);
    for (const name of names) texts.push(`${name}=${env[name] ?? ""}`);
    counts.push(argv.length, names.length);
  }
  const text = texts.join("\0");
  if (text.split("\0").length !== texts.length) return undefined;
  const bytes = Buffer.from(`${text}\0`);
  const programs = counts.length / 2;
  const vectors = new BigUint64Array(counts.reduce((sum, count) => sum + count + 1, 0));
  const words = new BigInt64Array(WORDS);
  const trace = openTrace(tracePath) ?? -1;
  const said = [ptr(bytes), ptr(vectors), trace, command.umask, Number(command.openStdin), programs, ...counts];
  for (const [at, word] of said.entries()) words[at] = BigInt(word);
  return { words, texts: bytes, vectors, onFailure };
}

function closeTrace({ words }: Order): void {
  const fd = Number(words[TRACE]);
  if (fd >= 0) closeSync(fd);
}

/** They take two milliseconds, or some more. */
const LOOK_AFTER_MS = 50;
let timer: Timer | undefined;

function attend(order: Order, compiled: Compiled): void {
  underWay.add(order);
  timer ??= setTimeout(() => {
    timer = undefined;
    for (const one of underWay) if (!isOver(one, compiled)) resume(one);
    const [left] = underWay;
    if (left) attend(left, compiled);
  }, LOOK_AFTER_MS).unref();
}

const isDone = ({ words }: Order) => words[DONE] === 1n;
const hasFailed = ({ words }: Order) => words[FAILED] !== 0n;

function isOver(order: Order, { end }: Compiled): boolean {
  if (!isDone(order)) return false;
  end(ptr(order.words));
  underWay.delete(order);
  if (hasFailed(order)) order.onFailure();
  return true;
}

/** A command that stops its parent at once may stop a supervisor that has not been executed yet, which nobody knows as such. */
function resume({ words }: Order): void {
  const pid = Number(words[SUPERVISOR]);
  try {
    if (pid > 0) process.kill(pid, "SIGCONT");
  } catch {} // it has just ended
}

interface Compiled {
  start: (order: Pointer) => number;
  end: (order: Pointer) => void;
}

/** `null`: it can't be compiled here. */
let known: Compiled | null | undefined;

function compile(): Compiled | null {
  if (known !== undefined) return known;
  try {
    known = takesLinuxWays ? compileWith(openLibrary()) : null;
  } catch {
    known = null; // no such library, no proc(5), no memory that may be both written and executed
  }
  return known;
}

const FUNCTIONS = ["syscall", "vfork", "__errno_location", "pthread_join", "clone", "pthread_create"] as const;
const SYMBOLS = {
  ...(Object.fromEntries(FUNCTIONS.map((name) => [name, { args: [], returns: "i32" }])) as Record<
    (typeof FUNCTIONS)[number],
    { args: []; returns: "i32" }
  >),
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  setenv: { args: ["ptr", "ptr", "i32"], returns: "i32" },
  unsetenv: { args: ["ptr"], returns: "i32" },
} as const;

function openLibrary() {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  // Threads were in a library of their own before glibc 2.34.
  for (const name of ["libc.so.6", "libpthread.so.0", `libc.musl-${arch}.so.1`]) {
    try {
      return dlopen(name, SYMBOLS).symbols;
    } catch {}
  }
  throw new Error("no C library");
}

function compileWith(library: ReturnType<typeof openLibrary>): Compiled {
  const MFD_CLOEXEC = 1;
  const fd = library.memfd_create(cString("head-start.c"), MFD_CLOEXEC);
  // Bun would put a C compiler's headers into a shared directory. Nothing is included here, and where it can't it goes on without.
  const variable = cString("BUN_TMPDIR");
  const isSet = process.env.BUN_TMPDIR !== undefined;
  if (!isSet) library.setenv(variable, cString("/proc"), 0);
  try {
    writeSync(fd, source);
    // Each symbol takes a compilation of its own beside that of the source.
    const code = cc({
      source: `/proc/self/fd/${fd}`,
      flags: ["-nostdlib", "-nostdinc"],
      symbols: { head_start: { args: ["ptr", "ptr"], returns: "i32" } },
    });
    const functions = BigUint64Array.from(FUNCTIONS, (name) => addressOf(library[name]));
    return {
      start: (order) => code.symbols.head_start(order, ptr(functions)),
      end: (order) => void code.symbols.head_start(order, null),
    };
  } finally {
    if (!isSet) library.unsetenv(variable);
    closeSync(fd);
  }
}

function addressOf(symbol: unknown): bigint {
  const { ptr: address } = symbol as { ptr?: number };
  if (!address) throw new Error("a function has no address");
  return BigInt(address);
}

const cString = (text: string) => ptr(Buffer.from(`${text}\0`));
