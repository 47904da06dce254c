// `backburner mcp --tools background-job`: stands in for the server mcp-background-job.

import type { Toolset } from "../toolset.ts";
import {
  executeCommand,
  getJobOutput,
  getJobStatus,
  interactWithJob,
  killJob,
  listJobs,
  tailJobOutput,
} from "./tools.ts";

export const BACKGROUND_JOB_TOOLSET: Toolset = {
  tools: [listJobs, getJobStatus, getJobOutput, tailJobOutput, executeCommand, interactWithJob, killJob],
  // Its documentation calls them by these names; what it has on the wire are those above.
  aliases: {
    list: "list_jobs",
    status: "get_job_status",
    output: "get_job_output",
    tail: "tail_job_output",
    execute: "execute_command",
    interact: "interact_with_job",
    kill: "kill_job",
  },
  instructions: `Runs shell commands as background jobs: execute_command returns a job_id at once, get_job_status says whether the job still runs, tail_job_output shows the end of what it has printed. Jobs go on when this session ends; list_jobs finds them again. A server runs until kill_job.`,
  extras: false,
};
