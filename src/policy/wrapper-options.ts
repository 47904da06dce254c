// The options of programs that run another one: what has to be known to see the command behind them. Pure data.

import type { Options } from "./options.ts";

/** What it needs to be known of a program to see the command behind its options. */
export const PLAIN: Record<string, Options> = {
  nohup: { longFlags: "help version" },
  setsid: { flags: "cfw", longFlags: "ctty fork wait" },
  nice: { flags: "0123456789", values: "n", longValues: "adjustment" },
  ionice: { flags: "t", values: "cn", longFlags: "ignore", longValues: "class classdata" },
  timeout: {
    flags: "fpv",
    values: "ks",
    longFlags: "foreground preserve-status verbose",
    longValues: "kill-after signal",
    operands: 1,
  },
  gtimeout: {
    flags: "fpv",
    values: "ks",
    longFlags: "foreground preserve-status",
    longValues: "kill-after signal",
    operands: 1,
  },
  stdbuf: { values: "ioe", longValues: "input output error" },
  time: {
    flags: "aplv",
    values: "fo",
    longFlags: "append portability verbose",
    longValues: "format output",
    writes: "o output",
  },
  taskset: { flags: "ac", longFlags: "all-tasks cpu-list", operands: 1 },
  chrt: { flags: "abdfior", longFlags: "all-tasks batch fifo idle other rr", operands: 1 },
  caffeinate: { flags: "dimsu", values: "tw" },
  command: { flags: "p" },
  builtin: {},
  exec: { flags: "cl", values: "a" },
  "xvfb-run": {
    flags: "ahl",
    values: "efnpsw",
    longFlags: "auto-servernum",
    longValues: "auth-file error-file server-args server-num",
    writes: "e f auth-file error-file",
  },
  env: {
    flags: "i0v",
    values: "uCP",
    longFlags: "ignore-environment null debug list-signal-handling",
    longValues: "unset chdir",
    assigns: true,
    goes: "C chdir",
  },
  "cross-env": { assigns: true },
};

/** Those that change who runs it, or where, or that run more than it, have to be allowed themselves as well. */
export const PRIVILEGED: Record<string, Options> = {
  strace: {
    flags: "cCdDfFhiknqrtTvVwxyYzZ",
    values: "abeEIoOPsSuUX",
    longFlags: "follow-forks output-separately",
    longValues: "output trace",
  },
  ltrace: { flags: "bcCfhiLrStTV", values: "aADeFlnopsuwx" },
  sudo: {
    flags: "ABbEHikKlNnPSsvV",
    values: "aCcDgGhpRrtTUu",
    longFlags: "askpass background preserve-env set-home login non-interactive preserve-groups shell stdin",
    longValues: "close-from chdir group host prompt chroot role type other-user user command-timeout",
    assigns: true,
    goes: "D chdir",
  },
  doas: { flags: "nLs", values: "aCu" },
  pkexec: { longValues: "user", longFlags: "disable-internal-agent keep-cwd" },
  chroot: { longValues: "groups userspec", longFlags: "skip-chdir", operands: 1 },
  setpriv: {
    flags: "d",
    longFlags: "dump nnp no-new-privs clear-groups keep-groups init-groups reset-env",
    longValues:
      "ambient-caps inh-caps bounding-set ruid euid rgid egid reuid regid groups securebits pdeathsig selinux-label apparmor-profile",
  },
  prlimit: {
    optionals: "cdefilmnqrstuvxy",
    values: "op",
    longFlags:
      "noheadings raw verbose core data nice fsize sigpending memlock rss nofile msgqueue rtprio stack cpu nproc as locks rttime",
    longValues: "output pid",
  },
  numactl: {
    flags: "abl",
    values: "CimNpPw",
    longFlags: "all balancing localalloc",
    longValues: "cpunodebind interleave membind physcpubind preferred preferred-many weighted-interleave",
  },
  choom: { values: "np", longValues: "adjust pid" },
  nsenter: {
    flags: "aFZ",
    optionals: "CimnprTuUw",
    values: "GStW",
    longFlags: "all cgroup follow-context ipc mount net no-fork pid preserve-credentials root time user uts wd",
    longValues: "setgid setuid target wdns",
    goes: "w wd W wdns",
  },
  unshare: {
    flags: "cfimnprTuU",
    longFlags: "fork mount net pid user map-root-user ipc uts cgroup",
    longValues: "root wd setuid setgid",
  },
  "systemd-run": { flags: "dGPqrtS", values: "pHMu", longFlags: "user scope pty wait quiet collect pipe same-dir" },
};

/** Of setarch. */
export const PERSONALITY: Options = {
  flags: "3BFILRSTvXZ",
  longFlags:
    "32bit 3gb 4gb addr-compat-layout addr-no-randomize fdpic-funcptrs list mmap-page-zero read-implies-exec short-inode sticky-timeouts uname-2.6 verbose whole-seconds",
};
/** Other names of it. */
export const PERSONALITIES = "linux32 linux64 i386 i486 i586 i686 x86_64 uname26".split(" ");
