// The official conformance suite (0.2.0-alpha.12) judges our handlers. They are served over HTTP by tests/conformance/server.ts, with the
// tools that the suite calls by name in place of ours. How many of its checks pass is pinned: fewer would mean that one no longer runs.

import { expect, test } from "bun:test";
import { type Counts, runScenarios } from "./conformance/suite.ts";

const TIMEOUT_MS = 120_000;

/** How many checks succeed in each scenario, by revision. Each counts the suite's own look at the wire against the schemas as well. */
const PLAIN: Record<string, Record<string, number>> = {
  "2025-11-25": {
    "server-initialize": 3,
    "server-session-lifecycle": 3,
    ping: 2,
    "tools-list": 3,
    "tools-call-simple-text": 2,
    "tools-call-image": 2,
    "tools-call-audio": 2,
    "tools-call-embedded-resource": 2,
    "tools-call-mixed-content": 2,
    "tools-call-with-logging": 2,
    "tools-call-error": 2,
    "tools-call-with-progress": 2,
    "tools-call-sampling": 2,
    "tools-call-elicitation": 2,
    "dns-rebinding-protection": 2,
  },
  "2026-07-28": {
    "server-stateless": 28,
    "tools-list": 4,
    "tools-call-simple-text": 2,
    "tools-call-image": 2,
    "tools-call-audio": 2,
    "tools-call-embedded-resource": 2,
    "tools-call-mixed-content": 2,
    "tools-call-error": 2,
    "tools-call-with-progress": 2,
    "dns-rebinding-protection": 2,
    "http-header-validation": 14,
  },
};

test.each(Object.entries(PLAIN))(
  "the suite's scenarios for servers with tools pass at %s",
  async (revision, expected) => {
    const { counts, complaints } = await runScenarios(Object.keys(expected), revision);
    expect(complaints).toEqual([]);
    expect(successes(counts)).toEqual(expected);
  },
  TIMEOUT_MS,
);

const TASKS = {
  "tasks-lifecycle": 9,
  "tasks-capability-negotiation": 5,
  "tasks-wire-fields": 4,
  "tasks-request-state-removal": 3,
  "tasks-mrtr-input": 4,
  "tasks-request-headers": 5,
  "tasks-dispatch-and-envelope": 9,
  "tasks-required-task-error": 3,
  "tasks-mrtr-composition": 2,
  "tasks-status-notifications": 0, // the suite skips it itself: what it looked at has moved
};

test(
  "the suite's scenarios for the tasks extension pass",
  async () => {
    const { counts, complaints } = await runScenarios(Object.keys(TASKS), "2026-07-28");
    expect(complaints).toEqual([]);
    expect(successes(counts)).toEqual(TASKS);
  },
  TIMEOUT_MS,
);

function successes(counts: Counts): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([scenario, { SUCCESS = 0 }]) => [scenario, SUCCESS]));
}
