// The few calls of the C library that Bun has no door to. Everything here is POSIX or Linux; nothing above knows of ffi.

import { dlopen, type Pointer, ptr } from "bun:ffi";
import { closeSync, constants } from "node:fs";
import { takesLinuxWays } from "./system.ts";

const isLinux = process.platform === "linux";

/**
 * Apple's arm64 looks on the stack for what a variadic function takes beside its named arguments ("Writing ARM64 code for Apple
 * platforms"). That is where a ninth argument lies: in between are six that nobody reads.
 */
const GAP: number[] = process.platform === "darwin" && process.arch === "arm64" ? Array<number>(6).fill(0) : [];
const gap = GAP.map(() => "u64" as const);

const SYMBOLS = {
  pipe: { args: ["ptr"], returns: "i32" },
  mkfifo: { args: ["ptr", "u32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", ...gap, "u64"], returns: "i32" },
  ioctl: { args: ["i32", "u64", ...gap, "ptr"], returns: "i32" },
  poll: { args: ["ptr", "u64", "i32"], returns: "i32" },
  waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
  waitid: { args: ["i32", "i32", "ptr", "i32"], returns: "i32" },
} as const;
const LINUX_SYMBOLS = { ...SYMBOLS, prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" } } as const;

/** Opened when it is first called: most calls of the CLI never do. */
let opened: ReturnType<typeof open> | undefined;
const libc = () => (opened ??= open());

function open() {
  // glibc, then musl under the names its distributions use, then macOS.
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  const names = isLinux ? ["libc.so.6", `libc.musl-${arch}.so.1`, "libc.so"] : ["libSystem.B.dylib"];
  let failure: unknown;
  for (const name of names) {
    try {
      return dlopen(name, (isLinux ? LINUX_SYMBOLS : SYMBOLS) as typeof LINUX_SYMBOLS).symbols;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

const fcntl = (fd: number, command: number, value: number) => libc().fcntl(fd, command, ...GAP, value);
const ioctl = (fd: number, request: number, value: Pointer) => libc().ioctl(fd, request, ...GAP, value);

/** Descendants that lose their parent become this process's children (prctl(2), Linux). False where there is no such thing. */
export function becomeSubreaper(): boolean {
  const PR_SET_CHILD_SUBREAPER = 36;
  return takesLinuxWays && libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0;
}

/** This process is killed when the one that started it ends (prctl(2), Linux). */
export function dieWithParent(): void {
  const PR_SET_PDEATHSIG = 1;
  const SIGKILL = 9;
  if (takesLinuxWays) libc().prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/**
 * True when this process has no child at all, neither running nor zombie. Asks without waiting and without reaping
 * (waitid(2): WNOWAIT), so that no status is taken from whoever waits for it.
 */
export function hasNoChildren(): boolean {
  return peekChild() === undefined;
}

/** Reaps a child by its pid: its wait status (wait(2)), `undefined` while it runs, or is stopped and wants to be traced (ptrace(2)). */
export function reap(pid: number): number | undefined {
  const status = new Int32Array(1);
  const isToldOf = libc().waitpid(pid, ptr(status), WNOHANG) === pid;
  return isToldOf && ((status[0] ?? 0) & 0x7f) !== STOPPED ? status[0] : undefined;
}

/** Reaps the zombie children but `own`, each by its pid: waitpid(-1) would steal a status that Bun waits for. */
export function reapAdopted(own: ReadonlySet<number>): void {
  for (let pid = peekChild(); pid !== undefined && pid > 0 && !own.has(pid); pid = peekChild()) {
    if (libc().waitpid(pid, null, WNOHANG) !== pid) return;
  }
}

const WNOHANG = 1;
const STOPPED = 0x7f;
const P_ALL = 0;
const siginfo = new Int32Array(32); // siginfo_t is 128 bytes

/** A zombie child's pid, 0 when there are children but none has ended, `undefined` when there are none. */
function peekChild(): number | undefined {
  const WEXITED = 4;
  const WNOWAIT = isLinux ? 0x0100_0000 : 0x20;
  siginfo.fill(0);
  if (libc().waitid(P_ALL, 0, ptr(siginfo), WEXITED | WNOHANG | WNOWAIT) !== 0) return undefined; // ECHILD
  return siginfo[isLinux ? 4 : 3] ?? 0; // si_pid: at byte 16 on 64-bit Linux, at byte 12 on macOS
}

/** Makes a named pipe. The umask takes its share of the mode. */
export function makeFifo(path: string, mode: number): void {
  if (libc().mkfifo(ptr(Buffer.from(`${path}\0`)), mode) !== 0) throw new Error(`mkfifo(3) failed for ${path}`);
}

const F_SETFD = 2;
const FD_CLOEXEC = 1;

/** A pipe whose ends are both close-on-exec; the end that stays with us does not block. */
export function openPipe(ours: "read" | "write" = "read"): { readFd: number; writeFd: number } {
  const F_SETFL = 4;
  const O_NONBLOCK = isLinux ? 0o4000 : 4;
  const fds = new Int32Array(2);
  if (libc().pipe(ptr(fds)) !== 0) throw new Error("pipe(2) failed: too many open files");
  const [readFd = -1, writeFd = -1] = fds;
  const flags = ours === "read" ? O_NONBLOCK : O_NONBLOCK | constants.O_WRONLY;
  const done =
    fcntl(readFd, F_SETFD, FD_CLOEXEC) === 0 &&
    fcntl(writeFd, F_SETFD, FD_CLOEXEC) === 0 &&
    fcntl(ours === "read" ? readFd : writeFd, F_SETFL, flags) === 0;
  if (!done) {
    closeSync(readFd);
    closeSync(writeFd);
    throw new Error("fcntl(2) failed on a new pipe");
  }
  return { readFd, writeFd };
}

/** Bytes that lie in a pipe unread (ioctl FIONREAD); on Linux either end can be asked. */
export function bytesInPipe(fd: number): number {
  const FIONREAD = isLinux ? 0x541b : 0x4004667f;
  const count = new Int32Array(1);
  return ioctl(fd, FIONREAD, ptr(count)) === 0 ? (count[0] ?? 0) : 0;
}

/**
 * True when something can be read at once. A terminal is asked with poll(2): that first hands on what its other side has written
 * and the kernel has not passed over yet, which FIONREAD does not.
 */
export function isReadable(fd: number): boolean {
  return polled(fd, POLLIN, POLLIN);
}

/** True when nobody can write to a pipe any more, of one that somebody could when it was opened (poll(2)); bytes may still lie in it. */
export function isHungUp(fd: number): boolean {
  return polled(fd, 0, POLLHUP);
}

/** True when nobody can read from a pipe or socket any more that we can write to (poll(2)). */
export function isUnread(fd: number): boolean {
  return polled(fd, 0, POLLERR | POLLHUP);
}

const [POLLIN, POLLERR, POLLHUP] = [1, 8, 0x10];

/** True when one of the `wanted` is told at once; but POLLIN they are told unasked. */
function polled(fd: number, events: number, wanted: number): boolean {
  const asked = new Int32Array([fd, events]); // struct pollfd: int fd; short events, revents
  return libc().poll(ptr(asked), 1, 0) === 1 && (((asked[1] ?? 0) >> 16) & wanted) !== 0;
}

/** Nothing that is executed from here on gets it. */
export function closeOnExec(fd: number): void {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/**
 * Gives a pipe room for more (fcntl F_SETPIPE_SZ, Linux), so that much output takes fewer turns. Only for pipes that need it: what a
 * user's pipes may hold together is limited, and past that every new pipe of theirs is small (pipe(7): pipe-user-pages-soft).
 */
export function growPipe(readFd: number, bytes: number): void {
  const F_SETPIPE_SZ = 1031;
  if (isLinux) fcntl(readFd, F_SETPIPE_SZ, bytes); // refused: it works as it is
}
