// The wording of every error that is told to a user: what happened, then what to do. Pure. What is said of a machine that refuses: errors.ts.

import { shortened } from "./cut.ts";
import { BackburnerError, type ErrorCode, messageOf } from "./errors.ts";

const fail = (code: ErrorCode, message: string) => new BackburnerError(code, message);
const quote = (text: string) => JSON.stringify(cut(text));
/** JSON has no infinity: `1e999` is read as one. */
const shown = (value: unknown) =>
  typeof value === "string" ? quote(value) : typeof value === "number" ? String(value) : cut(JSON.stringify(value));
const cut = (text: string) => shortened(text, 80);

export const emptyCommand = () => fail("bad_request", "the command is empty; give a shell command to run");
export const commandTooLong = (length: number, most: number, unit = "bytes") =>
  fail(
    "bad_request",
    `the command is ${length} ${unit} long and the system takes ${most}; put it into a script file and run that`,
  );
export const linesForCmd = () =>
  fail(
    "bad_request",
    "the command has several lines, of which cmd.exe runs the first only; join them with && or &, or set BACKBURNER_SHELL to another shell, such as powershell -Command",
  );
export const stdinTooLong = (bytes: number, most: number) =>
  fail(
    "bad_request",
    `stdin is ${bytes} bytes long, and at most ${most} can be fed; put it into a file and redirect that in the command: command < file`,
  );
export const nulInText = (what: string) =>
  fail("bad_request", `the ${cut(what)} holds a NUL character, which no process can be given; remove it`);
export const badDuration = (what: string, value: number, maxSeconds: number) =>
  fail("bad_request", `${what} is ${value}; give a number of seconds above 0 and at most ${maxSeconds}`);
export const badName = (name: string, why: string) => fail("bad_request", `the name ${quote(name)} ${why}`);
export const badEnvName = (name: string) =>
  fail("bad_request", `${quote(name)} can't be the name of an environment variable; use letters, digits and "_"`);
export const unknownParameter = (tool: string, names: string[], known: string[]) =>
  fail(
    "bad_request",
    `${tool} has no parameter ${names.map(quote).join(" or ")}; its parameters are ${known.join(", ")}`,
  );
export const missingParameter = (tool: string, name: string, expected: string) =>
  fail("bad_request", `${tool} needs ${name}: give ${expected}`);
export const badParameter = (name: string, value: unknown, expected: string) =>
  fail("bad_request", `${name} is ${shown(value)}; expected ${expected}`);
/** Its value is not shown: it may be a secret. */
export const badSecret = (name: string, kind: string, expected: string) =>
  fail("bad_request", `${name} is ${kind}; expected ${expected}`);
export const unknownArgument = (verb: string, argument: string) =>
  fail("bad_request", `"backburner ${verb}" takes no argument ${quote(argument)}; leave it out`);
export const missingToolset = (known: string[]) => fail("bad_request", `--tools needs a name: ${known.join(" or ")}`);
export const unknownToolset = (name: string, known: string[]) =>
  fail("bad_request", `--tools is ${quote(name)}; give ${known.join(" or ")}`);
export const badPattern = (pattern: string, error: unknown) =>
  fail(
    "bad_request",
    `the pattern ${quote(pattern)} is no regular expression (${messageOf(error).replace(/^Invalid regular expression: /, "")}); mend it, or put "\\" before characters that stand for themselves`,
  );
export const patternTooSlow = (pattern: string) =>
  fail(
    "bad_request",
    `the pattern ${quote(pattern)} takes too long to try on a line of this output; write it without a repeat inside a repeat, as in (a+)+, or several .* that can stand for the same`,
  );
export const searchTooLong = (pattern: string, seconds: number) =>
  fail(
    "bad_request",
    `the search for ${quote(pattern)} was ended after ${seconds} s; search a smaller part with since, or with a simpler pattern`,
  );
export const searchFailed = (pattern: string, why: string) =>
  fail("unavailable", `the search for ${quote(pattern)} failed (${why}); try it again`);
export const cannotCombine = (one: string, other: string, next: string) =>
  fail("bad_request", `${one} and ${other} can't be combined; ${next}`);
export const noSuchCwd = (cwd: string) =>
  fail("bad_request", `the directory ${quote(cwd)} does not exist; create it or give another cwd`);
export const noSuchCwdSet = (cwd: string) =>
  fail("bad_request", `BACKBURNER_CWD is ${quote(cwd)}, which does not exist; create it, or give another cwd`);
export const cwdUnusable = (cwd: string, why: string) =>
  fail("bad_request", `the directory ${quote(cwd)} can't be used (${why}); give another cwd`);
export const notADirectory = (cwd: string) => fail("bad_request", `${quote(cwd)} is not a directory; give another cwd`);
const orMeant = (meant: string | undefined, next: string) =>
  meant === undefined ? next : `did you mean ${quote(meant)}?`;
export const noTask = (given: string, meant?: string) =>
  fail(
    "not_found",
    `no task is called ${quote(given)}; ${orMeant(meant, "list the tasks to see their ids and names")}`,
  );
export const noHandle = (id: string) =>
  fail(
    "not_found",
    `there is no task ${quote(id)}: it was never here, or has been removed by the clean-up; list the tasks to see what is kept`,
  );
export const cancelOfEnded = (id: string, status: string) =>
  fail("bad_request", `task ${id} has ended (${status}) and can't be cancelled any more; read its result instead`);
export const badCursor = (cursor: string) =>
  fail("bad_request", `the cursor ${quote(cursor)} is none of ours; begin again without one`);
export const notAsTask = (tool: string) =>
  `${tool} can't be called as a task; call it without "task", it answers at once`;
export const missingResponses = () =>
  fail("bad_request", "inputResponses is missing; give an object of responses by key");
export const noResource = (uri: string) =>
  fail(
    "not_found",
    `there is no resource ${quote(uri)}; give backburner://task/{id}/output or backburner://task/{id}/status`,
  );
export const noCompletion = (of: string) =>
  fail("bad_request", `nothing is completed for ${quote(of)}; resources/templates/list shows what is`);
export const noTaskStartsWith = (given: string, meant?: string) =>
  fail(
    "not_found",
    `no task starts with ${quote(given)} or has that name; ${orMeant(meant, '"backburner list" shows them')}`,
  );
export const shortPrefix = (given: string, least: number, meant?: string) =>
  fail(
    "not_found",
    `${quote(given)} is too little of an id; ${orMeant(meant, `give its first ${least} characters, or more`)}`,
  );
export const ambiguousPrefix = (given: string, ids: string[]) =>
  fail(
    "ambiguous",
    `${quote(given)} could be ${ids.slice(0, 4).join(", ")}${ids.length > 4 ? ", …" : ""}; give more characters`,
  );
export const inputToEnded = (id: string, how: string) =>
  fail(
    "bad_request",
    `task ${id} has ended (${shortened(how.replaceAll(/\s+/g, " "), 300)}) and reads nothing any more; start it again to send it input`,
  );
export const pruneOfLive = (id: string, status: string) =>
  fail("bad_request", `task ${id} has not ended (${status}) and is kept; cancel it first`);
export const pruneOfLeft = (id: string) =>
  fail("bad_request", `task ${id} has left a process running and is kept; cancel it first, which ends that too`);
export const inputToQueued = (id: string) =>
  fail("bad_request", `task ${id} is queued and not running yet; send its input once it is working`);
export const noOpenStdin = (id: string) =>
  fail(
    "bad_request",
    `task ${id} was started without an open stdin and can't be sent input; start it with interactive or pty for that`,
  );
export const stdinClosed = (id: string) =>
  fail(
    "bad_request",
    `task ${id} takes no more input: its stdin is closed, by an eof that was sent, by the command itself, or as it ends`,
  );
export const inputNotRead = (id: string, sent: number, bytes: number) =>
  fail(
    "bad_request",
    sent < bytes
      ? `task ${id} does not read its input: ${sent} of ${bytes} bytes wait for it, the rest was not sent; send that when the command reads again`
      : `task ${id} does not read its input: all of it waits for that; don't send it again`,
  );
export const stdinNotClosed = (id: string) =>
  fail(
    "bad_request",
    `task ${id} has not read what it was sent before; its stdin is closed once it has, don't send eof again`,
  );
export const keyNeedsTerminal = (id: string, key: string) =>
  fail(
    "bad_request",
    `the key ${key} needs a terminal, which task ${id} was started without; start it with pty, or use eof to end its input and cancel to end it`,
  );
export const noTerminal = () =>
  fail("bad_request", "there is no terminal for a task on Windows yet; start it with interactive instead of pty");
export const unknownKey = (key: string) =>
  fail(
    "bad_request",
    `there is no key ${quote(key)}; keys are ctrl-a to ctrl-z, alt-x, enter, tab, escape, space, backspace, delete, up, down, left, right, home, end, pageup, pagedown, insert and f1 to f12`,
  );
// What mcp-background-job answers with, in its own words as far as they go: see mcp/background-job.
export const noJob = (id: string) => fail("not_found", `Job ${id} not found; list_jobs shows the jobs there are`);
export const inputToEndedJob = (id: string) =>
  fail("bad_request", `Job ${id} is not running and cannot accept input; execute_command starts it again`);
export const emptyJobCommand = () => fail("bad_request", "Invalid command: Command cannot be empty; give a command");
export const jobRefused = (why: string) => fail("refused", `Invalid command: ${why}`);
export const tooManyJobs = (most: number) =>
  fail(
    "unavailable",
    `Job limit reached: Maximum concurrent jobs limit (${most}) reached; wait for a job to end, or end one with kill_job`,
  );

/** "in it", where the part is not the whole. */
const within = (command: string, part: string | undefined) =>
  part === undefined || part === command ? "it" : `${quote(part)} in it`;
const refused = (command: string, why: string) => fail("refused", `the command ${quote(command)} is refused: ${why}`);
export const refusedByDeny = (command: string, pattern: string, part?: string) =>
  refused(
    command,
    `${within(command, part)} matches the deny pattern ${quote(pattern)}; run something else or ask the person who set BACKBURNER_DENY`,
  );
/** What comes beside the command is not shown: it may be a secret. */
export const refusedGiven = (command: string, pattern: string, variable?: string) => {
  const what =
    variable === undefined ? "what it would be fed on stdin" : `the variable ${quote(variable)} that it would be given`;
  return refused(
    command,
    `${what} matches the deny pattern ${quote(pattern)}; leave that out or ask the person who set BACKBURNER_DENY`,
  );
};
/** Nor is what was typed. */
export const refusedInput = (pattern: string) =>
  fail(
    "refused",
    `the input is refused: it matches the deny pattern ${quote(pattern)}; send something else or ask the person who set BACKBURNER_DENY`,
  );
export const refusedByAllow = (command: string, part?: string) =>
  refused(
    command,
    `${within(command, part)} matches no allow pattern; run something else or ask the person who set BACKBURNER_ALLOW`,
  );
export const refusedOpaque = (command: string, why: string) =>
  refused(command, `${why}; write out what is to run, so that the policy can judge it`);
export const refusedUnclear = (command: string, why: string) =>
  refused(
    command,
    `${why}, so that the allow list can't judge it; write it in a plainer way or ask the person who set BACKBURNER_ALLOW`,
  );
export const refusedVariable = (command: string, name: string) =>
  refused(
    command,
    `it sets ${quote(name)}, which can change what other commands do; leave that out or ask for ${cut(name)} in BACKBURNER_ALLOW_ENV`,
  );
export const refusedWrite = (command: string, part: string) =>
  refused(
    command,
    `it writes to a file outside of its directory, or to a hidden one, and ${quote(part)} matches no allow pattern; write elsewhere or ask the person who set BACKBURNER_ALLOW`,
  );
export const refusedOpenStdin = (command: string, part: string, door: "interactive" | "pty") =>
  refused(
    command,
    `what is typed into it later can't be judged, and ${quote(part)} matches no allow pattern that begins with "${door}:"; start it without ${door} or ask the person who set BACKBURNER_ALLOW`,
  );
export const refusedUnasked = (command: string, pattern: string) =>
  refused(
    command,
    `it needs a person's approval (ask pattern ${quote(pattern)}), and nobody can be asked here; use a client that can ask, or run something else`,
  );
export const refusedShell = (command: string, shell: string) =>
  refused(
    command,
    `its shell is ${quote(shell)}, which reads text in a way that the policy does not know; set BACKBURNER_SHELL to bash or sh`,
  );
export const badSetting = (name: string, value: string, expected: string) =>
  fail("bad_config", `${name} is ${quote(value)}; expected ${expected}`);
export const settingTwice = (one: string, other: string) =>
  fail("bad_config", `${one} and ${other} are both set and mean the same; set one of them`);
export const badConfigFile = (path: string, why: string) =>
  fail("bad_config", `${path} can't be read: ${why}; mend or remove it`);
export const unknownSetting = (path: string, name: string, known: string[]) =>
  fail("bad_config", `${path} sets ${quote(name)}, which is no setting; known are ${known.join(", ")}`);
export const stdoutUnwritable = (why: string) =>
  fail("unavailable", `stdout can't be written (${why}); the rest of what was to be printed is lost`);
export const homeUnusable = (home: string, why: string) =>
  fail("unavailable", `the home ${home} can't be used: ${why}; make it writable or set BACKBURNER_HOME`);
export const homeOfOther = (home: string) =>
  fail(
    "unavailable",
    `the home ${home} belongs to another user; set BACKBURNER_HOME to a directory of your own, it is made when it is not there`,
  );
export const homeOpenToOthers = (home: string, mode: string) =>
  fail(
    "unavailable",
    `the home ${home} can be written by other users (mode ${mode}); run chmod 700 on it, or set BACKBURNER_HOME to a directory that only you can write`,
  );
export const notOursInHome = (path: string, expected: string) =>
  fail("unavailable", `${path} is no ${expected} but a link or something else in its place; remove it, and try again`);
export const storeTooNew = (path: string, found: number, known: number) =>
  fail(
    "unavailable",
    `${path} was written by a newer backburner (version ${found} of the store, this one knows ${known}); update this binary, and restart what runs of it`,
  );
export const storeRemade = (path: string, asidePath: string, tasks: number) =>
  fail(
    "unavailable",
    `${path} was damaged: it is kept as ${asidePath}, and a new one was made with the ${tasks} tasks that were found; look at "backburner list", and try again`,
  );
export const storeRemadeElsewhere = (path: string) =>
  fail("unavailable", `${path} was damaged and has been made again by another process; try again`);
export const supervisorSilent = (id: string) =>
  fail(
    "unavailable",
    `the supervisor of task ${id} does not answer; try again, or look at its process with "backburner status ${id}"`,
  );
export const noHost = (given: string, known: string[], meant?: string) =>
  fail(
    "not_found",
    `${quote(given)} is no MCP client we know how to set up; ${orMeant(meant, `known are ${known.join(", ")}`)}`,
  );
export const noProjectFile = (title: string, known: string[]) =>
  fail("bad_request", `${title} keeps no settings of its own in a project; --project is for ${known.join(", ")}`);
export const hostNotInstalled = (title: string, program: string) =>
  fail(
    "not_found",
    `${title} is set up through its command ${quote(program)}, which is not on the PATH; install it first`,
  );
export const badHostFile = (path: string, why: string) =>
  fail("bad_config", `${path} was left as it is: ${why}; mend it and try again`);
export const hostCommandFailed = (title: string, command: string[], code: number | null, said: string) =>
  fail("unavailable", `${title} refused: ${quote(command.join(" "))} left with ${code}: ${cut(said)}`);
