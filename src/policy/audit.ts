// What was refused, one JSON line each, for the person who wrote the lists. No value of the environment and no input comes in here.

import { constants, fstatSync, renameSync, writeSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { withFile } from "../files.ts";
import { visibleJson } from "../visible.ts";
import type { Judged } from "./judge.ts";

const MOST_BYTES = 2 ** 20;
const LONGEST_COMMAND = 4_000;

/** Appends one line. At its limit the log is put aside as ".1", in place of the one before. A log that can't be written changes no verdict. */
export function audit(path: string, judged: Judged, reason: string): void {
  const { command, cwd, env, interactive, pty } = judged;
  const line = JSON.stringify({
    at: new Date().toISOString(),
    command: command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}…` : command,
    cwd,
    ...(Object.keys(env).length > 0 && { env: Object.keys(env) }),
    ...(interactive && { interactive }),
    ...(pty && { pty }),
    reason,
  });
  try {
    append(path, `${visibleJson(line)}\n`);
  } catch (error) {
    console.error(`backburner: ${path} can't be written: ${messageOf(error)}`);
  }
}

function append(path: string, line: string): void {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  withFile(path, O_APPEND | O_CREAT | O_WRONLY, (fd) => {
    writeSync(fd, line); // one write: lines of several processes don't mix
    if (fstatSync(fd).size > MOST_BYTES) renameSync(path, `${path}.1`);
  });
}
