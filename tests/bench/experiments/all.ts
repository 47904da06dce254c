// All experiments, in the order of the table.

import type { Experiment } from "../experiment.ts";
import { agent } from "./agent.ts";
import { burst } from "./burst.ts";
import { cancel } from "./cancel.ts";
import { clients } from "./clients.ts";
import { end } from "./end.ts";
import { history } from "./history.ts";
import { logs } from "./logs.ts";
import { idle, running } from "./running.ts";
import { sizes } from "./sizes.ts";
import { start, submit, submits } from "./start.ts";
import { startup } from "./startup.ts";
import { writer } from "./writer.ts";

export const experiments: Experiment[] = [
  startup,
  sizes,
  start,
  submit,
  submits,
  end,
  burst,
  cancel,
  history,
  clients,
  running,
  idle,
  logs,
  writer,
  agent,
];
