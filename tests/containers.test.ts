// Containers that share a home: each numbers its processes itself, and none calls the tasks of another dead.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliJson } from "./helpers/cli.ts";
import { newHome, waitUntil } from "./helpers/home.ts";
import { Server, type Shown } from "./helpers/server.ts";

/** Its first process is a shell that reaps, as an init does; it ends with everything in it when unshare(1) is killed. */
const CONTAINER = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", '"$0" "$@"; exit $?'];

const OTHER_BOOT = ["unshare", "--time", "--boottime", "1000"];

class Container {
  readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async open(home: string): Promise<Container> {
    const server = new Server(home, { via: CONTAINER });
    await server.shakeHands();
    return new Container(server);
  }

  /** As when its host ends it. */
  end(): Promise<void> {
    return this.server.kill();
  }
}

const statuses = (tasks: unknown) => (tasks as Shown[]).map(({ task_id, status }) => [task_id, status]);

async function running(server: Server, command: string): Promise<Shown> {
  const { task_id } = await server.start(command);
  return waitUntil("it runs", async () => {
    const task = await server.status(task_id);
    return task.pid !== undefined && task.output_bytes === 6 && task;
  });
}

test("two containers and their host, one home: everybody sees every task as it is, and waits for it, and can end it", async () => {
  const home = newHome();
  const [one, other] = [await Container.open(home), await Container.open(home)];
  const open = (name: string) => writeFileSync(join(home, name), "");
  const gate = (name: string) => `echo begun; until [ -e '${home}/${name}' ]; do sleep 0.02; done; exit 4`;
  const first = await running(one.server, gate("first"));
  const second = await running(other.server, gate("second"));
  const third = await running(other.server, "echo begun; sleep 66 & wait");
  const all = [third, second, first].map(({ task_id }) => [task_id, "working"]);
  for (let round = 0; round < 3; round += 1) {
    for (const { server } of [one, other]) expect(statuses((await server.call("list_tasks")).tasks)).toEqual(all);
    expect(statuses((await cliJson(home, ["list"])).tasks)).toEqual(all);
  }
  const waits = [other.server.ended(first.task_id), one.server.ended(second.task_id)];
  open("first");
  open("second");
  expect(await Promise.all(waits)).toMatchObject([
    [{ status: "failed", exit_code: 4 }],
    [{ status: "failed", exit_code: 4 }],
  ]);
  expect(await one.server.cancel(third.task_id)).toMatchObject({ status: "cancelled" });
  await one.end();
  await other.end();
});

test("a container that is ended: its tasks are interrupted for the others, who waits learns it, and theirs run on", async () => {
  const home = newHome();
  const [one, other] = [await Container.open(home), await Container.open(home)];
  const lost = await running(one.server, "echo begun; sleep 67");
  const kept = await running(other.server, "echo begun; sleep 68");
  const waiting = other.server.ended(lost.task_id);
  await one.end();
  expect(await waiting).toMatchObject([
    { status: "interrupted", reason: "its supervisor died; how the command ended is not known" },
  ]);
  expect(await other.server.status(kept.task_id)).toMatchObject({ status: "working" });
  expect((await cliJson(home, ["status", kept.task_id])).status).toBe("working");
  await other.server.cancel(kept.task_id);
  await other.end();
});

test("who counts start times from another boot (a time namespace) calls nobody's task dead", async () => {
  const home = newHome();
  const [here, elsewhere] = [await Server.open(home), new Server(home, { via: OTHER_BOOT })];
  await elsewhere.shakeHands();
  const task = await running(here, `echo begun; until [ -e '${home}/go' ]; do sleep 0.02; done; exit 3`);
  const wait = elsewhere.ended(task.task_id);
  expect(statuses((await elsewhere.call("list_tasks")).tasks)).toEqual([[task.task_id, "working"]]);
  writeFileSync(join(home, "go"), "");
  expect(await wait).toMatchObject([{ status: "failed", exit_code: 3 }]);
  for (const server of [here, elsewhere]) await server.close();
});

test("a supervisor killed within its container is found out from outside, and a reader there ends its tree", async () => {
  const home = newHome();
  const container = await Container.open(home);
  const task = await running(container.server, "echo begun; sleep 69");
  const { command } = await container.server.run(`kill -9 $(grep PPid /proc/${task.pid}/status | cut -f2)`);
  expect(command).toContain("kill -9");
  await waitUntil(
    "it is found out",
    async () => (await cliJson(home, ["status", task.task_id])).status === "interrupted",
  );
  expect(await container.server.cancel(task.task_id)).toMatchObject({ status: "interrupted" });
  expect(await container.server.run(`ls -d /proc/${task.pid}`)).toMatchObject({ status: "failed", exit_code: 2 });
  await container.end();
});
