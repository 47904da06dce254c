// Detached on Windows: at a hidden console of its own, outside of the jobs of whoever starts it, holding nothing of theirs but the trace.

import { parse } from "node:path";
import { type Pointer, ptr } from "bun:ffi";
import type { DetachedRequest, Launched } from "./detach.ts";
import { type Handle, INVALID_HANDLE, kernel, structure, wide } from "./kernel32.ts";
import { lineOf } from "./words.windows.ts";

// processthreadsapi.h, winbase.h
const CREATE_UNICODE_ENVIRONMENT = 0x0400;
const EXTENDED_STARTUPINFO_PRESENT = 0x0008_0000;
const CREATE_BREAKAWAY_FROM_JOB = 0x0100_0000;
const CREATE_NO_WINDOW = 0x0800_0000;
const DETACHED = CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
const STARTF_USESTDHANDLES = 0x0100;
const HANDLE_LIST = 0x0002_0002n; // PROC_THREAD_ATTRIBUTE_HANDLE_LIST
const STARTUPINFOEX_BYTES = 112;
const ERROR_ACCESS_DENIED = 5;

export function startDetached({ command, env, tracePath }: DetachedRequest): Launched {
  const nothing = openInheritable("NUL", GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
  const trace = openInheritable(tracePath, FILE_APPEND_DATA, OPEN_ALWAYS);
  const stderr = trace === INVALID_HANDLE ? nothing : trace;
  const handles = stderr === nothing ? [nothing] : [nothing, stderr];
  try {
    const pid = withHandleList(handles, (list) => create(command, env, [nothing, nothing, stderr], list));
    return { pid, exited: Promise.resolve() };
  } finally {
    for (const handle of handles) kernel().CloseHandle(handle);
  }
}

/** Returns its pid. Where the job of whoever starts it lets nobody out it stays in there. */
function create(
  command: string[],
  env: Record<string, string>,
  stdio: [Handle, Handle, Handle],
  list: Pointer,
): number {
  const { view, address } = structure(STARTUPINFOEX_BYTES);
  view.setUint32(0, STARTUPINFOEX_BYTES, true);
  view.setUint32(60, STARTF_USESTDHANDLES, true);
  for (const [at, handle] of stdio.entries()) view.setBigUint64(80 + at * 8, handle, true);
  view.setBigUint64(104, BigInt(list), true);
  const made = structure(24); // PROCESS_INFORMATION
  const [line, block, directory] = [wide(lineOf(command)), wide(blockOf(env)), wide(parse(process.execPath).root)];
  const attempt = (flags: number) =>
    kernel().CreateProcessW(
      null,
      ptr(line),
      null,
      null,
      1,
      flags,
      ptr(block),
      ptr(directory),
      address,
      made.address,
    ) !== 0;
  let started = attempt(DETACHED | CREATE_BREAKAWAY_FROM_JOB);
  if (!started && kernel().GetLastError() === ERROR_ACCESS_DENIED) started = attempt(DETACHED);
  if (!started) throw new Error(`CreateProcessW failed (error ${kernel().GetLastError()})`);
  for (const offset of [0, 8]) kernel().CloseHandle(made.view.getBigUint64(offset, true));
  return made.view.getUint32(16, true);
}

/** Sorted, as the system wants it (CreateProcessW: lpEnvironment). */
function blockOf(env: Record<string, string>): string {
  const entries = Object.entries(env).map(([name, value]) => `${name}=${value}\0`);
  return entries.toSorted((one, other) => (one.toUpperCase() < other.toUpperCase() ? -1 : 1)).join("");
}

/** Only these are inherited, whatever else of this process could be: a host waits until nobody holds its server's stdout. */
function withHandleList<T>(handles: Handle[], body: (list: Pointer) => T): T {
  const { InitializeProcThreadAttributeList, UpdateProcThreadAttribute, DeleteProcThreadAttributeList } = kernel();
  const size = structure(8);
  InitializeProcThreadAttributeList(null, 1, 0, size.address);
  const list = structure(Number(size.view.getBigUint64(0, true)));
  if (InitializeProcThreadAttributeList(list.address, 1, 0, size.address) === 0)
    throw new Error("InitializeProcThreadAttributeList failed");
  const held = structure(handles.length * 8);
  for (const [at, handle] of handles.entries()) held.view.setBigUint64(at * 8, handle, true);
  try {
    const bytes = BigInt(handles.length * 8);
    if (UpdateProcThreadAttribute(list.address, 0, HANDLE_LIST, held.address, bytes, null, null) === 0)
      throw new Error("UpdateProcThreadAttribute failed");
    return body(list.address);
  } finally {
    DeleteProcThreadAttributeList(list.address);
  }
}

const GENERIC_READ = 0x8000_0000;
const GENERIC_WRITE = 0x4000_0000;
const FILE_APPEND_DATA = 4;
const SHARED = 7; // to read, write and delete
const OPEN_EXISTING = 3;
const OPEN_ALWAYS = 4;
const FILE_ATTRIBUTE_NORMAL = 0x80;

function openInheritable(path: string, access: number, disposition: number): Handle {
  const attributes = structure(24); // SECURITY_ATTRIBUTES
  attributes.view.setUint32(0, 24, true);
  attributes.view.setUint32(16, 1, true); // bInheritHandle
  const name = wide(path);
  return kernel().CreateFileW(
    ptr(name),
    access >>> 0,
    SHARED,
    attributes.address,
    disposition,
    FILE_ATTRIBUTE_NORMAL,
    0n,
  );
}
