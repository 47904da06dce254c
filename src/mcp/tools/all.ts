// Our own tools.

import { INSTRUCTIONS } from "../instructions.ts";
import type { Toolset } from "../toolset.ts";
import { cancelTask } from "./cancel.ts";
import { listTasks } from "./list.ts";
import { taskResult } from "./result.ts";
import { sendInput } from "./send.ts";
import { startTask } from "./start.ts";
import { taskStatus } from "./status.ts";
import { waitTask } from "./wait.ts";

export const OWN_TOOLSET: Toolset = {
  tools: [startTask, taskStatus, taskResult, waitTask, sendInput, cancelTask, listTasks],
  instructions: INSTRUCTIONS,
  extras: true,
};
