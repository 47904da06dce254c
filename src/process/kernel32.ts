// The few calls of kernel32 and ntdll that Bun has no door to. Nothing above knows of ffi; nothing is opened before it is needed.

import { dlopen, type Pointer, ptr } from "bun:ffi";

const KERNEL32 = {
  AssignProcessToJobObject: { args: ["u64", "u64"], returns: "i32" },
  CloseHandle: { args: ["u64"], returns: "i32" },
  CreateFileW: { args: ["ptr", "u32", "u32", "ptr", "u32", "u32", "u64"], returns: "u64" },
  CreateJobObjectW: { args: ["ptr", "ptr"], returns: "u64" },
  CreateProcessW: {
    args: ["ptr", "ptr", "ptr", "ptr", "i32", "u32", "ptr", "ptr", "ptr", "ptr"],
    returns: "i32",
  },
  DeleteProcThreadAttributeList: { args: ["ptr"], returns: "void" },
  GenerateConsoleCtrlEvent: { args: ["u32", "u32"], returns: "i32" },
  GetConsoleProcessList: { args: ["ptr", "u32"], returns: "u32" },
  GetExitCodeProcess: { args: ["u64", "ptr"], returns: "i32" },
  GetLastError: { args: [], returns: "u32" },
  GetProcessTimes: { args: ["u64", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  InitializeProcThreadAttributeList: { args: ["ptr", "u32", "u32", "ptr"], returns: "i32" },
  K32EnumProcesses: { args: ["ptr", "u32", "ptr"], returns: "i32" },
  OpenProcess: { args: ["u32", "i32", "u32"], returns: "u64" },
  QueryInformationJobObject: { args: ["u64", "i32", "ptr", "u32", "ptr"], returns: "i32" },
  ReadProcessMemory: { args: ["u64", "u64", "ptr", "u64", "ptr"], returns: "i32" },
  SetInformationJobObject: { args: ["u64", "i32", "ptr", "u32"], returns: "i32" },
  TerminateProcess: { args: ["u64", "u32"], returns: "i32" },
  UpdateProcThreadAttribute: { args: ["ptr", "u32", "u64", "ptr", "u64", "ptr", "ptr"], returns: "i32" },
  WaitForSingleObject: { args: ["u64", "u32"], returns: "u32" },
} as const;

const NTDLL = {
  NtQueryInformationProcess: { args: ["u64", "i32", "ptr", "u32", "ptr"], returns: "i32" },
} as const;

let opened: ReturnType<typeof open> | undefined;

function open() {
  return { ...dlopen("kernel32.dll", KERNEL32).symbols, ...dlopen("ntdll.dll", NTDLL).symbols };
}

/** Throws where Bun has no ffi. */
export function kernel() {
  return (opened ??= open());
}

/** A kernel object, to be closed. */
export type Handle = bigint;
export const NO_HANDLE = 0n;
/** What CreateFileW gives instead of one. */
export const INVALID_HANDLE = 2n ** 64n - 1n;

/** Text as the system takes it: UTF-16 with a NUL behind it. Whoever passes its address has to hold it meanwhile. */
export function wide(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf16le");
}

/** A structure of so many bytes, all zero, and its address. */
export function structure(bytes: number): { view: DataView; address: Pointer } {
  const buffer = new Uint8Array(bytes);
  return { view: new DataView(buffer.buffer), address: ptr(buffer) };
}

/** Does something with an open process, and closes it. `undefined` when it is gone or not ours to open. */
export function withProcess<T>(pid: number, access: number, body: (handle: Handle) => T): T | undefined {
  const handle = kernel().OpenProcess(access, 0, pid);
  if (handle === NO_HANDLE) return undefined;
  try {
    return body(handle);
  } finally {
    kernel().CloseHandle(handle);
  }
}

/** What may be asked for with a process (winnt.h). */
export const ACCESS = {
  terminate: 0x0001,
  readMemory: 0x0010,
  query: 0x0400,
  queryLimited: 0x1000,
  wait: 0x0010_0000,
} as const;

const WAIT_TIMEOUT = 258;

/** A process that somebody holds open can still be opened when it has ended. */
export function hasEnded(handle: Handle): boolean {
  return kernel().WaitForSingleObject(handle, 0) !== WAIT_TIMEOUT;
}

/** When it was created, in units of 100 ns since 1601, as text. Empty when it can't be seen. */
export function createdAt(handle: Handle): string {
  const { view, address } = structure(32); // creation, exit, kernel and user time
  const at = (offset: number) => (address + offset) as Pointer;
  if (kernel().GetProcessTimes(handle, address, at(8), at(16), at(24)) === 0) return "";
  return String(view.getBigUint64(0, true));
}
