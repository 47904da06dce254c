// The process table of Windows, from kernel32 and ntdll. Who has ended and is only held open by somebody is not in it.

import { read as readMemory } from "bun:ffi";
import { ACCESS, createdAt, type Handle, hasEnded, kernel, structure, withProcess } from "./kernel32.ts";
import type { ProcessInfo, ProcessTable } from "./table.ts";
import { wordsOf } from "./words.windows.ts";

export const windowsTable: ProcessTable = {
  bootId() {
    // KUSER_SHARED_DATA.BootId (ntddk.h), which every process has at this address. It counts boots, so that no set clock changes it.
    boot ??= `boot ${readMemory.u32(0x7ffe_0000, 0x2c4)}`;
    return boot;
  },

  pidNamespace() {
    return undefined;
  },

  find(pid) {
    return withProcess(pid, ACCESS.queryLimited | ACCESS.wait, (handle) => {
      if (hasEnded(handle)) return undefined;
      return { pid, parentPid: parentOf(handle), groupId: NO_GROUP, startedAt: createdAt(handle) };
    });
  },

  list() {
    const processes: ProcessInfo[] = [];
    for (const pid of pids()) {
      const info = windowsTable.find(pid);
      if (info) processes.push(info);
    }
    // A parent's pid is not taken back when the parent has ended: whoever has it now and is younger is a stranger.
    const since = new Map(processes.map((one) => [one.pid, BigInt(one.startedAt)]));
    const isOrphan = (one: ProcessInfo) => (since.get(one.parentPid) ?? 0n) > BigInt(one.startedAt);
    return processes.map((one) => (isOrphan(one) ? { ...one, parentPid: 0 } : one));
  },

  commandLine(pid) {
    return wordsOf(commandLineOf(pid));
  },

  hasInEnvironment(pid, entry) {
    return `\0${environmentOf(pid)}`.includes(`\0${entry}\0`);
  },
};

/** There are no process groups. */
const NO_GROUP = 0;
let boot: string | undefined;

function pids(): number[] {
  for (let room = 1024; ; room *= 2) {
    const found = structure(room * 4);
    const used = structure(4);
    if (kernel().K32EnumProcesses(found.address, room * 4, used.address) === 0) return [];
    const count = used.view.getUint32(0, true) / 4;
    if (count < room) return Array.from({ length: count }, (_, at) => found.view.getUint32(at * 4, true));
  }
}

/** PROCESSINFOCLASS (winternl.h). */
const BASIC = 0;
const COMMAND_LINE = 60;
const BASIC_BYTES = 48;

/** PROCESS_BASIC_INFORMATION. */
function basicOf(handle: Handle): DataView | undefined {
  const { view, address } = structure(BASIC_BYTES);
  return kernel().NtQueryInformationProcess(handle, BASIC, address, BASIC_BYTES, null) === 0 ? view : undefined;
}

function parentOf(handle: Handle): number {
  return Number(basicOf(handle)?.getBigUint64(40, true) ?? 0); // InheritedFromUniqueProcessId
}

/** Empty when it can't be read. */
function commandLineOf(pid: number): string {
  const asked = withProcess(pid, ACCESS.queryLimited, (handle) => {
    for (const room of COMMAND_LINE_BYTES) {
      const { view, address } = structure(room);
      if (kernel().NtQueryInformationProcess(handle, COMMAND_LINE, address, room, null) === 0)
        return textOf(view, UNICODE_STRING_BYTES, view.getUint16(0, true));
    }
    return undefined;
  });
  return asked ?? withParameters(pid, commandLineIn) ?? "";
}

const UNICODE_STRING_BYTES = 16;
/** Most are short; the longest is counted in 16 bits. */
const COMMAND_LINE_BYTES = [1024, UNICODE_STRING_BYTES + 2 ** 16];

/** As it was started with and is now, NUL between the entries and behind the last. Empty when it can't be read. */
function environmentOf(pid: number): string {
  return withParameters(pid, environmentIn) ?? "";
}

/** Reads what the process was started with in its own memory, at the address of its RTL_USER_PROCESS_PARAMETERS. */
function withParameters(pid: number, read: (handle: Handle, at: bigint) => string): string | undefined {
  return withProcess(pid, ACCESS.query | ACCESS.readMemory, (handle) => {
    const peb = basicOf(handle)?.getBigUint64(8, true);
    const parameters = peb && memory(handle, peb + 0x20n, 8)?.getBigUint64(0, true); // PEB.ProcessParameters
    return parameters ? read(handle, parameters) : undefined;
  });
}

function commandLineIn(handle: Handle, parameters: bigint): string {
  const line = memory(handle, parameters + 0x70n, UNICODE_STRING_BYTES); // CommandLine
  const bytes = line?.getUint16(0, true) ?? 0;
  const text = line && bytes > 0 ? memory(handle, line.getBigUint64(8, true), bytes) : undefined;
  return text ? textOf(text, 0, bytes) : "";
}

const LARGEST_ENVIRONMENT_BYTES = 2 ** 21;

function environmentIn(handle: Handle, parameters: bigint): string {
  const block = memory(handle, parameters + 0x80n, 8)?.getBigUint64(0, true); // Environment
  const bytes = Number(memory(handle, parameters + 0x3f0n, 8)?.getBigUint64(0, true) ?? 0n); // EnvironmentSize
  const text = block && bytes > 0 ? memory(handle, block, Math.min(bytes, LARGEST_ENVIRONMENT_BYTES)) : undefined;
  return text ? textOf(text, 0, text.byteLength) : "";
}

function memory(handle: Handle, from: bigint, bytes: number): DataView | undefined {
  const { view, address } = structure(bytes);
  return kernel().ReadProcessMemory(handle, from, address, BigInt(bytes), null) === 0 ? undefined : view;
}

function textOf(view: DataView, offset: number, bytes: number): string {
  return Buffer.from(view.buffer, offset, bytes).toString("utf16le");
}
