// All experiments, in the order of the table.

import type { Experiment } from "../experiment.ts";
import { burst } from "./burst.ts";
import { end, start, submit } from "./start.ts";
import { logs } from "./logs.ts";
import { running } from "./running.ts";
import { startup } from "./startup.ts";
import { writer } from "./writer.ts";

export const experiments: Experiment[] = [startup, start, submit, end, burst, logs, writer, running];
