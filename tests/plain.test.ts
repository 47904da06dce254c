// What is executed without its shell: nobody but a clock can tell. Which lines that can be: fuzz/plain.test.ts.

import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { plainOf } from "../src/process/plain.posix.ts";
import { type SpawnRequest, spawnCommand } from "../src/process/spawn.ts";
import { plainWordsOf } from "../src/process/words.posix.ts";
import { newHome, readText } from "./helpers/home.ts";
import { Server } from "./helpers/server.ts";

const BASH = ["/bin/bash", "-c"];
/** The same shell, asked for what it does anyway: it isn't the form that is known. */
const TO_THE_SHELL = ["/bin/bash", "-o", "braceexpand", "-c"];
/** Shows its own name and its arguments, NUL after each: "%s\0" is printf's first argument (execve(2): #!). */
const SHOW = "#!/usr/bin/printf %s\\0\n";

/** Resolved, as a directory is below its true name. */
const room = realpathSync(mkdtempSync(join(tmpdir(), "backburner-plain-")));
const bin = join(room, "bin");
const BASE = {
  PATH: `${bin}:/usr/bin:/bin`,
  HOME: room,
  PWD: room,
  SHLVL: "1",
  LANG: "C.UTF-8",
  ENV: join(room, "rc"),
};

function put(path: string, text: string, mode = 0o755): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

beforeAll(() => {
  put(join(bin, "show"), SHOW);
  put(join(room, "sub/show"), SHOW);
  put(join(bin, "true"), "#!/bin/sh\nexit 7\n");
  put(join(room, "rc"), "echo read\n", 0o644);
  put(join(room, ".bashrc"), "echo read\n", 0o644);
  put(join(room, "odd/unmarked"), "echo run by the shell: $0 $*\n");
  put(join(room, "odd/empty"), "");
  put(join(room, "odd/not-executable"), SHOW, 0o644);
  put(join(room, "odd/no-interpreter"), "#!/nowhere/at-all\n");
  put(join(room, "odd/broken"), "\x7fELF and no more");
  put(join(room, "first/cat"), SHOW, 0o644);
  mkdirSync(join(room, "second/cat"), { recursive: true });
  symlinkSync("/nowhere/at-all", join(room, "odd/dangling"));
  symlinkSync(bin, join(room, "link"));
  symlinkSync(room, join(room, "itself"));
});
afterAll(() => rmSync(room, { recursive: true, force: true }));

const memory = new Uint8Array(64 * 1024);

interface Seen {
  stdout: string;
  stderr: string;
  outcome: object;
}

async function run(request: Partial<SpawnRequest> & { command: string }, then?: (pid: number) => void): Promise<Seen> {
  const output = { stdout: "", stderr: "" };
  const spawned = spawnCommand({
    shell: BASH,
    cwd: room,
    env: BASE,
    umask: 0o022,
    openStdin: false,
    block: () => memory,
    onOutput: (stream, chunk) => (output[stream] += Buffer.from(chunk).toString("latin1")),
    ...request,
  });
  then?.(spawned.pid);
  void spawned.input?.write(Buffer.from("fed\n")).then(() => spawned.input?.end());
  const outcome = await spawned.exited;
  await spawned.drain();
  spawned.leave?.(false);
  await spawned.closed;
  const pid = new RegExp(`\\b${spawned.pid}\\b`, "g");
  const stdout = output.stdout.replace(pid, "PID").replace(/pipe:\[\d+\]/g, "pipe");
  return { stdout, stderr: output.stderr, outcome };
}

function changed(change: Record<string, string | undefined>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...BASE, ...change })) if (value !== undefined) env[name] = value;
  return env;
}

const isPlain = (command: string, env: Record<string, string> = BASE, cwd = room) =>
  plainOf({ shell: BASH, command, cwd, env }) !== undefined;

/** Sees that both ways come to the same; returns what that is. */
async function bothWays(request: Parameters<typeof run>[0], then?: (pid: number) => void): Promise<Seen> {
  const shells = await run({ ...request, shell: TO_THE_SHELL }, then);
  const directly = await run(request, then);
  const sorted = ({ stdout, ...rest }: Seen) => ({ request, ...rest, stdout: inNoOrder(stdout) });
  expect(sorted(directly)).toEqual(sorted(shells));
  return shells;
}

/** An environment's entries have no order; bash's is that of a hash table. */
const inNoOrder = (text: string) => text.split(/[\0\n]/).toSorted();

test("what a shell does itself is left to it", () => {
  const bash = Bun.spawnSync(["/bin/bash", "-c", "compgen -b; compgen -k"]).stdout.toString().trim().split("\n");
  // dash has no such list: it is asked for each text that its program holds, as it stands and from within another.
  const texts = readFileSync("/bin/dash", "latin1").match(/[a-z.:[\]{}!]{1,20}(?=\0)/g) ?? [];
  const asked = [...new Set(texts.flatMap((text) => Array.from(text, (_, at) => text.slice(at))))];
  const script = 'while read -r word; do type "$word"; done';
  const dash = Bun.spawnSync(["/bin/dash", "-c", script], { stdin: Buffer.from(asked.join("\n") + "\n") })
    .stdout.toString()
    .split("\n")
    .filter((line) => /is a (?:special )?shell (?:builtin|keyword)$/.test(line))
    .map((line) => line.split(" ")[0] ?? "");
  expect(dash).toContainValues(["chdir", "wait", "while", "test"]);
  for (const own of [...bash, ...dash])
    for (const line of [own, `${own} x`, ` ${own}`]) expect([line, plainWordsOf(line)]).toEqual([line, undefined]);
});

test.each([
  "-c echo x",
  "+x true",
  "--version",
  "A=1 show",
  "show >x",
  "show; show",
  "show && show",
  "show | show",
  "show &",
  "show $HOME",
  "show ~",
  "show a=~",
  "show *",
  "show {a,b}",
  "show # x",
  "show a\\ b",
  'show "$HOME"',
  'show "a\\b"',
  'show "`id`"',
  "show 'a\nb'",
  "show\nshow",
  "show\n",
  "! show",
  "%1",
  "'show'",
  "true --help",
  "echo x",
  "",
  " ",
  "show é",
  `show ${"x".repeat(5_000)}`,
])("%p is for the shell", (line) => {
  expect(isPlain(line)).toBe(false);
});

test.each([
  "show",
  " show  a\tb ",
  "show 'a b' \"c d\" '' \"\" e'f g'h -x=1 --y='~/*' 50% a=b:c @x +y , 'it is \"so\"' \"it's\"",
  "./sub/show a",
  "sub/show a",
  "sub//show a",
  "itself/../sub/show",
  join(room, "sub/show") + " a",
  "cat /proc/self/cmdline /proc/self/comm /proc/self/oom_score_adj /proc/self/coredump_filter /proc/self/personality",
  "cat /proc/self/timerslack_ns /proc/self/cgroup /proc/self/limits /proc/self/loginuid /proc/self/sessionid",
  "readlink /proc/self/cwd /proc/self/exe /proc/self/root",
  "readlink /proc/self/fd/0 /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/10 /proc/self/fd/255",
  "ls /proc/self/fd",
  "grep -h flags /proc/self/fdinfo/0 /proc/self/fdinfo/1 /proc/self/fdinfo/2",
  "grep -vE '^(Vm|Rss|Hugetlb|voluntary|nonvoluntary|SigQ|Speculation|Cpus|Mems)' /proc/self/status",
  "cut -d' ' -f1-9,18-21,38,41 /proc/self/stat",
  "cat /proc/self/environ",
  "cat -",
  "sh -c 'exit 3'",
  "sh -c 'kill -9 $$'",
  "sh -c 'umask; echo $PPID-$$; ulimit -a'",
  "sh -c 'trap'",
  "sh -c 'echo error >&2'",
  "cat /nowhere/at-all",
  "env -i env",
  "true",
  "false",
])("%p is executed, and comes to the same", async (command) => {
  expect(isPlain(command)).toBe(true);
  await bothWays({ command });
  await bothWays({ command, openStdin: true, umask: 0o027 });
  await bothWays({ command, cwd: join(room, "sub"), env: { ...BASE, MARK: "x y" } });
});

test("true and false are what they are to the shell, whatever PATH holds", async () => {
  expect(await bothWays({ command: "true" })).toMatchObject({ outcome: { exitCode: 0 } });
  expect(await bothWays({ command: "show true" })).toMatchObject({ stdout: `${bin}/show\0true\0` });
  expect(await bothWays({ command: "false", env: {} })).toMatchObject({ outcome: { exitCode: 1 } });
});

test.each(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s from outside ends it as it would",
  async (signal) => {
    expect(isPlain("sleep 60")).toBe(true);
    const isThere = async (pid: number) => {
      while (!readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith("sleep\0")) await Bun.sleep(1);
      process.kill(pid, signal);
    };
    const seen = await bothWays({ command: "sleep 60" }, (pid) => void isThere(pid));
    expect(seen.outcome).toEqual({ signal });
  },
);

test("what can't be executed is the shell's: to run it, or to say what is wrong", async () => {
  const names = [...readdirSync(join(room, "odd")), "nowhere", "odd/x"];
  const seen: Record<string, Seen> = {};
  for (const name of names)
    for (const [command, PATH] of [
      [`odd/${name} a`, BASE.PATH],
      [`${room}/odd/${name} a`, BASE.PATH],
      [`${name} a`, `${room}/odd:/usr/bin:/bin`],
    ] as const)
      seen[name] = await bothWays({ command, env: { ...BASE, PATH } });
  expect(seen.unmarked?.stdout).toMatch(/^run by the shell: .*\/odd\/unmarked a\n$/);
  expect(seen["not-executable"]).toMatchObject({ outcome: { exitCode: 126 } });
  expect(seen.nowhere).toMatchObject({ stderr: "/bin/bash: line 1: nowhere: command not found\n" });
  await bothWays({ command: "odd" });
  await bothWays({ command: "./odd" });
  await bothWays({ command: "odd/" });
});

test("a program is found where the shell finds it", async () => {
  const paths = [
    `${room}/first:${room}/second:/usr/bin`,
    `${room}/second:/usr/bin`,
    `/nowhere:${room}/first/cat:/usr/bin`,
    "/usr/bin:.",
    ".:/usr/bin",
    ":/usr/bin",
    "/usr/bin:",
    "/usr/bin/",
    "//usr//bin",
    "/usr/bin/../bin",
    "~:/usr/bin",
    `~/bin:${room}/sub`,
    `sub:${bin}`,
    `bin:${room}/sub`,
    "bin:/usr/bin",
    `${room}/link:/usr/bin`,
    `${room}/itself/bin:/usr/bin`,
    "/:/usr/bin",
    "/nowhere",
    "",
    "é:/usr/bin",
    "/é:/usr/bin",
    "/ x:/usr/bin",
    "/usr/bin:/usr/bin",
  ];
  for (const PATH of paths)
    for (const command of ["cat /proc/self/environ", "show x", "env"])
      await bothWays({ command, env: { ...BASE, PATH } });
  const without = changed({ PATH: undefined });
  await bothWays({ command: "show x", env: without });
  await bothWays({ command: "env", env: without });
  expect(isPlain("cat", { ...BASE, PATH: `${room}/link:/usr/bin` })).toBe(true);
});

const ENVIRONMENTS: Record<string, string | undefined>[] = [
  {},
  ...["", "0", "1", "2", "05", "-1", "+1", "998", "999", "1000", "x", " 1", "1x", "99999999999999999999"].map(
    (SHLVL) => ({ SHLVL }),
  ),
  { SHLVL: undefined },
  ...[
    "",
    ".",
    "/",
    "sub",
    `${room}/`,
    `${room}/.`,
    `${room}//`,
    `${room}/itself`,
    `${room}/sub/..`,
    "/nowhere",
    `/${room}`,
  ].map((PWD) => ({ PWD })),
  { PWD: undefined },
  ...["", ".", "/", "sub", "/nowhere", `${room}/rc`, `${room}/itself`].map((OLDPWD) => ({ OLDPWD })),
  ...["", "C", "POSIX", "C.UTF-8", "en_US.UTF-8", "xx_YY", "é"].flatMap((locale) => [
    { LANG: locale },
    { LC_ALL: locale },
    { LC_CTYPE: locale, LC_MESSAGES: locale },
  ]),
  { _: "/usr/bin/before" },
  { HOME: undefined },
  { HOME: "" },
  { SSH_CLIENT: "::1 1 2" },
  { SSH_CLIENT: "::1 1 2", SHLVL: undefined },
  { SSH_CLIENT: "::1 1 2", SHLVL: "0" },
  { SSH2_CLIENT: "::1 1 2", SHLVL: undefined },
  { BASH_ENV: `${room}/rc` },
  { "BASH_FUNC_show%%": "() { echo a function; }" },
  { "BASH_FUNC_cat%%": "() {  echo a function\n}" },
  { show: "() { echo a function; }" },
  { SHELLOPTS: "xtrace" },
  { SHELLOPTS: "posix" },
  { BASHOPTS: "expand_aliases" },
  { POSIXLY_CORRECT: "1" },
  { POSIXLY_CORRECT: "", PWD: `${room}/.` },
  { EXECIGNORE: "*cat" },
  { IFS: "a" },
  { LD_PRELOAD: "/nowhere/lib.so" },
  { "not a name": "x" },
  { "a.b": "x" },
  { "1a": "x" },
  { é: "x" },
  { "": "x" },
  { VALUE: "\u0001\u007f é \n\t\\ ' \" $(id)" },
  { EMPTY: "" },
  { LONG: "x".repeat(100_000) },
  { TERM: "dumb", COLUMNS: "10", LINES: "5", INSIDE_EMACS: "1", EMACS: "t" },
  { TZ: "x", TMOUT: "1", PROMPT_COMMAND: "id", HISTFILE: `${room}/history`, MAIL: "x", CDPATH: "/", GLOBIGNORE: "*" },
];

test("the environment is the one that the shell hands on", async () => {
  let plain = 0;
  for (const change of ENVIRONMENTS) {
    const env = changed(change);
    for (const cwd of [room, join(room, "itself"), "/"])
      for (const command of ["cat /proc/self/environ", "show x"]) {
        if (isPlain(command, env, cwd)) plain += 1;
        await bothWays({ command, env, cwd });
      }
  }
  expect(plain).toBeGreaterThan(ENVIRONMENTS.length * 3);
  for (const change of [{}, { SHLVL: undefined }, { PWD: undefined }, { PWD: "/" }, { LC_ALL: "C" }] as const)
    expect([change, isPlain("cat", changed(change))]).toEqual([change, true]);
});

test("a variable that bash knows is handed on as bash does, or left to it", async () => {
  // By its manual, and whatever looks like a name in its program, or at a text's end: linkers keep "RANDOM" within "SRANDOM".
  const manual =
    "BASH BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND BASH_EXECUTION_STRING BASH_LINENO " +
    "BASH_LOADABLES_PATH BASH_MONOSECONDS BASH_REMATCH BASH_SOURCE BASH_SUBSHELL BASH_TRAPSIG BASH_VERSINFO BASH_VERSION COMP_CWORD " +
    "COMP_KEY COMP_LINE COMP_POINT COMP_TYPE COMP_WORDBREAKS COMP_WORDS COPROC DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS " +
    "HISTCMD HOSTNAME HOSTTYPE LINENO MACHTYPE MAPFILE OPTARG OPTIND OSTYPE PIPESTATUS PPID RANDOM READLINE_ARGUMENT READLINE_LINE " +
    "READLINE_MARK READLINE_POINT REPLY SECONDS SHELLOPTS SRANDOM UID BASH_COMPAT BASH_ENV BASH_XTRACEFD CHILD_MAX COLUMNS COMPREPLY " +
    "EMACS ENV EXECIGNORE FCEDIT FIGNORE FUNCNEST GLOBIGNORE GLOBSORT HISTCONTROL HISTFILE HISTFILESIZE HISTIGNORE HISTSIZE " +
    "HISTTIMEFORMAT HOSTFILE IGNOREEOF INPUTRC INSIDE_EMACS LC_COLLATE LC_CTYPE LC_MESSAGES LC_NUMERIC LC_TIME LINES MAIL MAILCHECK " +
    "MAILPATH OPTERR POSIXLY_CORRECT PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS1 PS2 PS3 PS4 SHELL TIMEFORMAT TMOUT TMPDIR CDPATH " +
    "auto_resume histchars";
  const texts = readFileSync("/bin/bash", "latin1").match(/[A-Z_][A-Z0-9_]+(?=\0)/g) ?? [];
  const inProgram = texts.flatMap((text) => Array.from(text, (_, at) => text.slice(at)));
  const names = [...new Set([...manual.split(" "), ...inProgram])].filter(
    (name) => /^[A-Za-z_]\w+$/.test(name) && !(name in BASE),
  );
  const plain = names.filter((name) => isPlain("env", { ...BASE, [name]: "x" }));
  expect(plain.length).toBeGreaterThan(500);
  expect(plain).not.toContainAnyValues(["BASH_ENV", "RANDOM", "SECONDS", "UID", "PS1", "SHELLOPTS"]);
  const directory = plain.filter((name) => name !== "OLDPWD");
  for (const value of ["", "0", "1", "x", "/", "/nowhere", "y:z", "-5", "5.0", "*"]) {
    const env: Record<string, string> = { ...BASE };
    for (const name of value === "/" ? plain : directory)
      if (isPlain("env", { ...BASE, [name]: value })) env[name] = value;
    expect(isPlain("env", env)).toBe(true);
    const command = "cat /proc/self/environ";
    await bothWays({ command, env });
  }
});

test("every other shell is left alone", async () => {
  put(join(room, "fake/bash"), '#!/bin/sh\necho "in between: $2"\n');
  const others = [
    ["/bin/dash", "-c"],
    ["/bin/sh", "-c"],
    ["bash", "-c"],
    ["/bin/bash", "-lc"],
    ["/bin/bash", "-e", "-c"],
    ["/bin/bash"],
    [],
    [join(room, "fake/bash"), "-c"],
  ];
  for (const shell of others)
    expect([shell, plainOf({ shell, command: "show", cwd: room, env: BASE })]).toEqual([shell, undefined]);
  expect((await run({ command: "show x", shell: [join(room, "fake/bash"), "-c"] })).stdout).toBe(
    "in between: show x\n",
  );
});

test("a script in the place of bash is run", () => {
  put(join(room, "fake/wrapper"), '#!/bin/sh\necho "in between: $2"\n');
  const there = `mount --bind '${room}/fake/wrapper' "$(readlink -f /bin/bash)" && exec "$0" -e "$1"`;
  const ask = `
    import { plainOf } from "${import.meta.dir}/../src/process/plain.posix.ts";
    const command = "/bin/cat x";
    console.log(plainOf({ shell: ["/bin/bash", "-c"], command, cwd: "/", env: {} }), Bun.spawnSync(["/bin/bash", "-c", command]).stdout + "");
  `;
  const argv = ["unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", there, process.execPath, ask];
  const { stdout, stderr } = Bun.spawnSync(argv);
  expect([stdout.toString(), stderr.toString()]).toEqual(["undefined in between: /bin/cat x\n\n", ""]);
});

test("a task comes to the same through the whole program", async () => {
  const home = newHome();
  const ways = await Promise.all(
    [BASH, TO_THE_SHELL].map(async (argv) => {
      const shell = argv.join(" ");
      const server = await Server.open(home, { BACKBURNER_SHELL: shell });
      const see = async (command: string) => {
        const { task_id, pid, status, exit_code, signal } = await server.run(command);
        const output = readText(join(home, "tasks", task_id, "output.log")); // whole: a result shows long lines in part
        const same = output.replaceAll(task_id, "ID").replaceAll(`${pid}`, "PID").replace(shell, "SHELL");
        return { command, output: same, status, exit_code, signal };
      };
      return { server, see };
    }),
  );
  for (const command of [
    "sort -z /proc/self/environ",
    "ls /proc/self/fd",
    "grep -E '^(Sig[PBIC]|Shd|Cap|Umask|NoNew|Seccomp:|Threads|FDSize)' /proc/self/status",
    "cut -d' ' -f5,6 /proc/self/stat",
    "cat /proc/self/cmdline /proc/self/limits",
    "sh -c 'exit 3'",
    "sh -c 'kill -TERM $$'",
    "nowhere-at-all",
  ]) {
    const [directly, byShell] = await Promise.all(ways.map(({ see }) => see(command)));
    expect(directly).toEqual(byShell);
  }
  for (const { server } of ways) await server.close();
});

test("a directory that is gone is told of as ever", () => {
  for (const shell of [BASH, TO_THE_SHELL])
    expect(() =>
      spawnCommand({
        shell,
        command: "show",
        cwd: join(room, "gone"),
        env: BASE,
        umask: 0,
        openStdin: false,
        block: () => memory,
        onOutput() {},
      }),
    ).toThrow("ENOENT");
  expect(existsSync(join(room, "gone"))).toBe(false);
});
