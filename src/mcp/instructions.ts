// What a host may put before the model about this server as a whole. Under 2 KB: hosts cut it there.

export const INSTRUCTIONS = `Backburner runs shell commands as durable background tasks. Use it for anything that may take more than a few seconds: builds, test suites, installs, downloads, migrations, training, dev servers.

- start_task returns at once with a task_id. Go on with other work while it runs; start several tasks when they don't depend on each other. For a command that may be quick, give wait_seconds and get its output in the same reply.
- Don't poll task_status and don't sleep. When you need the outcome, call wait_task once with all the ids: it returns the moment they have ended (until "any": the first of them). reason "timeout" means they still run: call it again, or do something else.
- When your client says that a task was moved to the background, it tells you the end by itself: don't wait for that task.
- Need a server to be up before you go on? wait_task with pattern answers when a line of its output matches.
- Every reply tells in finished_since_last_call which of your tasks have ended meanwhile.
- task_result reads output, also while the task runs. Judge by status and exit_code: completed is exit 0, failed is any other; interrupted means that the outcome is not known.
- A command that asks or is a REPL: start it with interactive, or pty where it wants a terminal, and answer with send_input. task_status says waiting_for_input, with the last line.
- cancel_task ends the command and every process it started. A server runs until you do that.
- Tasks go on when this session ends. Lost an id? list_tasks has it, and a name works in place of an id.`;
