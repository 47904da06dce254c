// list --watch: the table that list shows, live.

import type { App } from "../../operations/app.ts";
import { list, type ListRequest } from "../../operations/list.ts";
import { table } from "../table.ts";
import { hasColour, STDOUT } from "../terminal.ts";
import { fit } from "../text.ts";
import { live } from "./live.ts";

/** Resolves when the person leaves, with what to leave with. */
export async function watchList(app: App, request: ListRequest): Promise<number> {
  const colour = hasColour(STDOUT);
  return live(app, (screen) => ({
    async draw({ columns, rows }) {
      const { tasks, total } = await list(app, { ...request, limit: Math.min(request.limit, Math.max(1, rows - 2)) });
      const lines = tasks.length === 0 ? ["no tasks"] : table(tasks, { columns, colour }).trimEnd().split("\n");
      const filler = Array.from({ length: Math.max(0, rows - 1 - lines.length) }, () => "");
      return [...lines, ...filler, fit(`${tasks.length} of ${total}; q leaves`, columns, true)];
    },
    async press(key) {
      if (key === "q" || key === "ctrl-c") screen.leave();
    },
  }));
}
