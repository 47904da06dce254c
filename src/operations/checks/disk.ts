// Where the home lies: on what kind of file system, and how much room there is.

import { lstatSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { sizeText } from "../../amounts.ts";
import { type Check, type Finding, findings } from "./check.ts";

const { ok, warning, problem } = findings("disk");

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const LEAST_BYTES = 64 * MIB;
const LITTLE_BYTES = GIB;
const LEAST_FILES = 1_000;

/** statfs(2): f_type. */
const LOCAL: Record<number, string> = {
  0xef53: "ext4",
  0x58465342: "xfs",
  0x9123683e: "btrfs",
  0x2fc12fc1: "zfs",
  0xf2f52010: "f2fs",
  0xca451a4e: "bcachefs",
  0x794c7630: "overlay",
};
const NETWORK: Record<number, string> = {
  0x6969: "NFS",
  0x517b: "SMB",
  0xff534d42: "CIFS",
  0xfe534d42: "SMB",
  0x01021997: "9p",
  0x00c36400: "Ceph",
  0x0bd00bd0: "Lustre",
  0x47504653: "GPFS",
  0x5346414f: "AFS",
  0x19830326: "BeeGFS",
  0x786f4256: "VirtualBox's",
};
const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;
const FUSE = 0x65735546;

/** What a type of file system means for a home. */
export function kindOf(type: number): { name: string; kind: "local" | "memory" | "network" | "fuse" | "unknown" } {
  const unsigned = type >>> 0;
  const [local, network] = [LOCAL[unsigned], NETWORK[unsigned]];
  if (local !== undefined) return { name: local, kind: "local" };
  if (network !== undefined) return { name: network, kind: "network" };
  if (unsigned === TMPFS || unsigned === RAMFS) return { name: "tmpfs", kind: "memory" };
  if (unsigned === FUSE) return { name: "FUSE", kind: "fuse" };
  return { name: `0x${unsigned.toString(16)}`, kind: "unknown" };
}

export const checkDisk: Check = ({ home }) => {
  const path = nearestThere(home);
  const { type, bsize, bavail, files, ffree } = statfsSync(path);
  const found: Finding[] = [];
  const { name, kind } = process.platform === "linux" ? kindOf(type) : { name: "", kind: "unknown" };
  if (kind === "network")
    found.push(
      problem(
        `${path} is on a network file system (${name}), where SQLite's log and our sockets do not work`,
        "set BACKBURNER_HOME to a directory on a disk of this machine",
      ),
    );
  if (kind === "fuse")
    found.push(
      warning(
        `${path} is on a FUSE file system; sshfs and its like are network file systems, which are not supported`,
        "set BACKBURNER_HOME to a directory on a disk of this machine, unless this is one",
      ),
    );
  if (kind === "memory")
    found.push(
      warning(
        `${path} is in memory (${name}): all tasks are forgotten when the machine is restarted`,
        "set BACKBURNER_HOME to a directory on a disk, unless that is what you want",
      ),
    );
  const free = bavail * bsize;
  const room = `${roomText(free)} free`;
  const more = '"backburner prune" removes old tasks; or set BACKBURNER_HOME to another disk';
  if (free < LEAST_BYTES)
    found.push(problem(`only ${room} for ${home}: tasks can't be recorded when it is full`, more));
  else if (free < LITTLE_BYTES) found.push(warning(`only ${room} for ${home}`, more));
  if (files > 0 && ffree < LEAST_FILES)
    found.push(problem(`only ${ffree} more files can be made for ${home}, and a running task takes up to six`, more));
  return found.length > 0 ? found : [ok([room, ...(kind === "local" ? [name] : [])].join(", "))];
};

function nearestThere(home: string): string {
  let path = home;
  while (!lstatSync(path, { throwIfNoEntry: false }) && path !== dirname(path)) path = dirname(path);
  return path;
}

function roomText(bytes: number): string {
  return sizeText(bytes >= GIB ? Math.floor(bytes / GIB) * GIB : Math.floor(bytes / MIB) * MIB);
}
