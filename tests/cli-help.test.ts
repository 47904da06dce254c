// Pins: the help that people read, word by word. A change here is a change of the door and is made on purpose.

import { expect, test } from "bun:test";
import { cli } from "./helpers/cli.ts";
import { newHome } from "./helpers/home.ts";

const HELP: Record<string, string> = {
  backburner: `Usage: backburner <command> [options]

Runs shell commands as background tasks that outlive the terminal and the agent
that started them, with their output and their true exit code.

Options:
  -V, --version            show the version
  -h, --help               show this help

Tasks:
  start -- command…        start a command as a background task
  list                     list tasks, newest first
  status <id>              show one task
  top                      watch all tasks on one screen
  wait <id...>             wait for tasks; leaves with their exit code
  cancel <id...>           end tasks, each with all of its processes

Output and input:
  logs <id...>             show or follow the output of tasks
  send <id> [text]         type into a task, and print what it answers
  attach <id>              see a task's output live, and type into it
  events                   print the starts and ends of tasks

Around them:
  prune [id...]            remove ended tasks and their output
  policy test -- command…  say what the policy makes of a command
  setup [client]           make an MCP client know backburner
  config [setting]         show the settings, and where each comes from
  doctor                   check that everything works, and say what to do
  completions <shell>      print what makes a shell complete verbs and ids
  mcp                      serve an MCP client on stdin and stdout

Examples:
  backburner start -- npm test      start a task; prints its id
  backburner logs -f 4fzk           follow its output; 4 characters of an id do
  backburner wait 4fzk              wait for its end; leaves with its exit code
  backburner list --status working  what runs now
  backburner setup claude-code      make an agent know it

Settings, from BACKBURNER_HOME/config.toml and the environment; see "config":
  BACKBURNER_HOME (~/.backburner)  BACKBURNER_MAX_TASKS (10)  BACKBURNER_TIMEOUT
  BACKBURNER_ALLOW  BACKBURNER_ASK  BACKBURNER_DENY  BACKBURNER_ALLOW_ENV
  BACKBURNER_SHELL  BACKBURNER_CWD  BACKBURNER_MAX_OUTPUT (64MB)
`,
  start: `Usage: backburner start [options] -- command…

Starts a command as a background task and prints the task's id.

Options:
  -w, --wait                 show its output and leave with its exit code;
                             Ctrl-C leaves it running
  --name <name>              a name to call the task by
  --cwd <directory>          where to run it (default: here)
  --timeout <duration>       end it after this long: 90s, 20m, 1h30m
  --idle-timeout <duration>  end it when it prints nothing for this long
  --env <NAME=value>         set a variable for it; may be given again and again
  --stdin <file>             feed it a file; "-" is our own stdin
  -i, --interactive          keep its stdin open for send and attach
  -t, --pty                  run it in a terminal, stdin open; -it attaches at
                             once
  --json                     print the task as JSON; with --wait, its output too
  -h, --help                 show this help

Command:
  One word is a command line for the shell; several are an argv, each word kept
  as it is. The task gets this directory and this environment.

Examples:
  backburner start -- npm test
  backburner start --name build --timeout 20m -- 'npm ci && npm run build'
  id=$(backburner start -- make -j4) && backburner wait "$id"
  backburner start --wait --env CI=1 -- cargo test
  backburner start -it -- bash
`,
  list: `Usage: backburner list [options]

Lists tasks, newest first.

Options:
  -n, --limit <n>        how many at most (default: 20)
  -s, --status <status>  only those with this status (choices: "queued",
                         "working", "completed", "failed", "cancelled",
                         "timed_out", "interrupted")
  --name <name>          only those with this name
  -w, --watch            keep it up to date on the whole screen, until q
  --json                 print {tasks, total} as JSON
  -h, --help             show this help

Not on a terminal it prints a line for each task, its fields separated by tabs:
  id, status, exit code or signal, created, seconds it ran, name, command

Examples:
  backburner list --status failed --watch
  backburner list --limit 1000 --json | jq -r '.tasks[].task_id'
`,
  status: `Usage: backburner status [options] <id>

Shows all that is known of one task.

Arguments:
  id          an id, the first 4 or more characters of one, or a name

Options:
  --json      print the task as JSON
  -h, --help  show this help

Examples:
  backburner status 4fzk
  backburner status build --json | jq -r .status
`,
  logs: `Usage: backburner logs [options] <id...>

Prints a task's output, stdout and stderr together, while it runs and after.

Arguments:
  id                    ids, the first 4 or more characters of them, or names

Options:
  -f, --follow          go on until the task ends; Ctrl-C leaves it running
  -n, --lines <n>       only the last n lines (default: all)
  --stdout              only what went to stdout
  --stderr              only what went to stderr
  --grep <regex>        only lines that match, with their numbers
  -C, --context <n>     with --grep: n lines around each match
  --since <cursor>      from this position on: a next_cursor of --json
  --until <regex>       stop behind the first line that matches
  --timeout <duration>  stop after this long: 90s, 20m; the task goes on
  --raw                 the exact bytes, to a terminal too
  --json                print the task with output, output_total_lines and
                        log_path
  -h, --help            show this help

Output:
  A terminal gets it without escape sequences, a pipe or file its exact bytes.
  Of several tasks each line begins with the task's name.

Exit code:
  0, with --until only when a line matched, else 1; 75 when --timeout ran out

Examples:
  backburner logs -f 4fzk
  backburner logs -f server worker -n 5
  backburner logs build -n 50
  backburner logs build --grep 'error|warning' -C 2
  backburner logs -f server --until 'listening on' --timeout 30s
`,
  wait: `Usage: backburner wait [options] <id...>

Waits until tasks have ended, and leaves with the command's own exit code.

Arguments:
  id                    ids, the first 4 or more characters of them, or names

Options:
  --any                 only until one of them has ended
  --until <regex>       only until each (with --any: one) has printed a matching
                        line
  --timeout <duration>  give up after this long: 90s, 20m; no task is ended
  --json                print {tasks, reason} as JSON
  -h, --help            show this help

Exit code:
  the command's own; of several tasks the first that is not zero
  124 the task timed out   130 it was cancelled   128+n signal n ended it
  125 it was interrupted   75 --timeout ran out   2 wrong usage
  with --until: 0 it matched   1 a task ended without   75 --timeout ran out

Examples:
  backburner wait 4fzk
  backburner wait --any build lint --timeout 20m
  backburner wait server --until 'listening on' --timeout 30s
`,
  send: `Usage: backburner send [options] <id> [text]

Sends a line of text to a task whose stdin is open (start -i, --pty), and prints
what the task prints then.

Arguments:
  id                 an id, the first 4 or more characters of one, or a name
  text               what to send; "-" sends our own stdin as it is

Options:
  -n, --no-newline   don't press Enter after the text
  --key <name>       then press a key of its terminal; may be repeated
  --eof              end its stdin, after all that
  --wait <duration>  for output, at most (default: 1s)
  --json             print the task as JSON, with output
  -h, --help         show this help

Keys:
  ctrl-a to ctrl-z, alt-x, enter, tab, escape, space, backspace, delete, insert,
  up, down, left, right, home, end, pageup, pagedown, f1 to f12

Examples:
  backburner send 4fzk y
  backburner send 4fzk --key ctrl-c
  backburner send 4fzk --eof - < answers.txt
`,
  attach: `Usage: backburner attach [options] <id>

Shows a task's output as it comes, and hands on what is typed, where its stdin
is open (start -i, --pty). Leaves with the task's exit code when it ends.

Arguments:
  id               an id, the first 4 or more characters of one, or a name

Options:
  -n, --lines <n>  begin with the last n lines (default: a screenful)
  -h, --help       show this help

Keys:
  Ctrl-]  leave; the task goes on. All other keys go to a task with a terminal.
  Ctrl-C  goes there too; from a task without a terminal it leaves as well.

Examples:
  backburner start -it -- bash
  backburner attach 4fzk
`,
  cancel: `Usage: backburner cancel [options] <id...>

Ends tasks, each with all of its processes: SIGTERM, a grace, SIGKILL. Of a task
that has ended it ends what that left running. Returns once all are dead.

Arguments:
  id                  ids, the first 4 or more characters of them, or names

Options:
  --grace <duration>  time between SIGTERM and SIGKILL (default: 5s)
  --json              print the task as JSON, of several {tasks}
  -h, --help          show this help

Examples:
  backburner cancel 4fzk
  backburner cancel build lint --grace 30s
`,
  events: `Usage: backburner events [options]

Prints a line for each start and each end of a task, oldest first.

Options:
  -f, --follow        only those from now on, each as it happens, until Ctrl-C
  --since <duration>  those of the last 90s, 20m, 2d; with -f, then new ones
  --json              print each as a JSON object on a line of its own
  -h, --help          show this help

Fields, separated by tabs:
  time, started or ended, id, status, exit code or signal, seconds it ran, name,
  command; one that is not known is empty

Examples:
  backburner events --since 1h
  backburner events -f --json | jq -r 'select(.event == "ended") | .task_id'
`,
  prune: `Usage: backburner prune [options] [id...]

Removes ended tasks with their output: those that are named, else what the
settings don't keep, or what the options say. A task that waits, runs, or has
left a process running is kept.

Arguments:
  id                       ids, the first 4 or more characters of them, or names

Options:
  --older-than <duration>  those that ended longer ago: 12h, 7d
  --keep <n>               all but the n that ended last
  --dry-run                only say what would be removed
  --json                   print {task_ids, bytes, stray_directories, dry_run}
                           as JSON
  -h, --help               show this help

Settings:
  BACKBURNER_KEEP_DAYS (30); BACKBURNER_KEEP_TASKS (100000), but none that ended
  within a day; BACKBURNER_KEEP_BYTES (5GB), but none that ended within an hour.
  They are also applied by themselves, at most once an hour, when a task starts.

Examples:
  backburner prune --dry-run
  backburner prune --older-than 7d --keep 100
  backburner prune 4fzk
`,
  policy: `Usage: backburner policy test [options] -- command…

Says whether BACKBURNER_ALLOW, _ASK and _DENY let a command run, and what
decided it: each command within it, with the pattern it matched. Starts nothing.

Arguments:
  action              the only one there is (choices: "test")
  command             a command line, or the words of a command

Options:
  --cwd <directory>   where it would run (default: here)
  --env <NAME=value>  a variable that would be set for it
  -i, --interactive   with its stdin kept open
  -t, --pty           in a terminal
  --json              print {decision, reason, patterns, findings} as JSON
  -h, --help          show this help

It leaves with:
  0 allowed, 1 refused, 3 a person is asked first

Examples:
  backburner policy test -- 'npm ci && rm -rf dist'
  backburner policy test --json -- npm test | jq -r .decision
`,
  setup: `Usage: backburner setup [options] [client]

Adds backburner to an MCP client: through the client's own command where it has
one, else in its settings file, of which nothing else is touched and the old
version kept beside it. Without a client it lists those it knows.

Arguments:
  client                  one of those that the list shows

Options:
  --all                   every client that is found on this machine
  --name <name>           what the client calls it (default: "backburner")
  -e, --env <NAME=value>  set a variable for it; may be repeated
  --project               in the settings of the project in this directory
  --print                 only show what would be done
  --remove                remove it from the client
  -h, --help              show this help

Examples:
  backburner setup claude-code
  backburner setup vscode --project --print
  backburner setup codex --env BACKBURNER_MAX_TASKS=4
  backburner setup --all --remove
`,
  config: `Usage: backburner config [options] [setting]

Shows every setting with its value and where that comes from: the default, the
file config.toml in BACKBURNER_HOME, or a variable, which wins. Options of start
(--timeout, --cwd) win over both. Of one setting it prints the value alone.

Arguments:
  setting     its name in the list, or its variable

Options:
  --path      only print where config.toml is, or would be
  --example   print a config.toml with every setting explained
  --json      print {config_file, settings} as JSON; bytes and seconds as
              numbers
  -h, --help  show this help

Examples:
  backburner config
  backburner config max_tasks
  backburner config --json | jq .settings.keep_bytes.value
  backburner config --example >> "$(backburner config --path)"
`,
  doctor: `Usage: backburner doctor [options]

Checks the home, the store, tasks and their supervisors, the shell, terminals,
the system and the MCP clients, and says what to do about what is wrong.
It changes nothing without --fix.

Options:
  --fix       repair first what can be repaired without asking
  --json      print {ok, version, home, checks, repaired} as JSON
  -h, --help  show this help

What --fix does:
  closes the home and its files to others, ends tasks whose supervisor is gone
  as interrupted, makes a damaged store again and keeps the old, removes sockets
  and directories that no task has. Settings and clients are left to you.

It leaves with:
  0 without a problem, also with warnings; 1 with one

Examples:
  backburner doctor
  backburner doctor --fix
  backburner doctor --json | jq -r '.checks[] | .advice // empty'
`,

  completions: `Usage: backburner completions [options] <shell>

Prints a script that makes a shell complete verbs, options, and ids and names of
tasks.

Arguments:
  shell       the shell (choices: "bash", "zsh", "fish", "powershell")

Options:
  -h, --help  show this help

Examples:
  bash  backburner completions bash >> ~/.bashrc
  zsh   backburner completions zsh > "\${fpath[1]}/_backburner"
  fish  backburner completions fish >~/.config/fish/completions/backburner.fish
  pwsh  backburner completions powershell >> $PROFILE
`,

  top: `Usage: backburner top [options]

Shows what runs, what waits and what ended last, with progress and last lines,
live on the whole screen.

Options:
  -h, --help  show this help

Keys:
  ↑ ↓ j k           select a task; pgup, pgdn, home, end go further
  enter, l          its log; the same keys scroll, q or escape goes back
  a                 attach: type into it; Ctrl-] comes back
  i                 send it a line of input
  c                 end it with all of its processes, once y says so
  q, Ctrl-C         leave; tasks go on

Examples:
  backburner top
`,

  mcp: `Usage: backburner mcp [options]

Serves an MCP client on stdin and stdout. Tasks go on when it leaves.

Options:
  --tools <name>  backburner, or those of another server: background-job
                  (default: "backburner")
  -h, --help      show this help

Examples:
  claude mcp add backburner -- backburner mcp
  {"mcpServers": {"backburner": {"command": "backburner", "args": ["mcp"]}}}
`,
};

test.each(Object.entries(HELP))("help of %s", async (verb, text) => {
  const args = verb === "backburner" ? ["--help"] : ["help", verb];
  expect((await cli(newHome(), args)).stdout).toBe(text);
});
