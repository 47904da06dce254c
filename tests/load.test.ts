// The loads of `bun run load` in small: nothing is lost, nothing grows beyond what is kept, nothing is left behind.

import { expect, test } from "bun:test";
import { newHome } from "./helpers/home.ts";
import { aDay, longQueue, manyClients, manyRunning } from "./load/loads.ts";
import type { Row } from "./load/measure.ts";

const broken = (rows: Row[]) => rows.filter(({ holds }) => holds === "no");

test("many clients at once lose no task and mix up none", async () => {
  expect(broken(await manyClients(newHome(), 8, 5))).toEqual([]);
});

test("a long queue runs each task once, and its server does not grow", async () => {
  expect(broken(await longQueue(newHome(), 300))).toEqual([]);
});

test("many running tasks are waited for and cancelled together, and leave nothing", async () => {
  expect(broken(await manyRunning(newHome(), 15))).toEqual([]);
});

test("an agent's day of cycles leaves servers, supervisors and the store as they were", async () => {
  expect(broken(await aDay(newHome(), 60))).toEqual([]);
});
