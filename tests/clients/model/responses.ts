// OpenAI's Responses API, as Codex speaks it.

import { type Body, type Dialect, events, list, plain, text } from "./dialect.ts";
import type { ToolShown } from "./script.ts";

export const responses: Dialect = {
  asks: (path) => path.endsWith("/responses"),
  read(body) {
    return {
      tools: list(body, "tools").flatMap(toolsIn),
      results: list(body, "input")
        .filter(({ type }) => type === "function_call_output")
        .map(({ output }) => plain(output)),
      news: plain(list(body, "input").at(-1)?.content),
      text: JSON.stringify(body),
    };
  },
  answer(answer) {
    const id = `resp_${crypto.randomUUID()}`;
    const items: Body[] =
      "text" in answer
        ? [{ type: "message", id: "msg", role: "assistant", content: [{ type: "output_text", text: answer.text }] }]
        : answer.calls.map(({ id: call_id, tool, args }) => ({
            type: "function_call",
            id: `fc_${call_id}`,
            call_id,
            name: tool.name,
            ...(tool.namespace !== undefined && { namespace: tool.namespace }),
            arguments: JSON.stringify(args),
          }));
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    return events(
      [
        { type: "response.created", response: { id } },
        ...items.map((item, output_index) => ({ type: "response.output_item.done", output_index, item })),
        { type: "response.completed", response: { id, status: "completed", output: items, usage } },
      ],
      { named: true },
    );
  },
};

/** A function, or the functions of a namespace. */
function toolsIn(tool: Body): ToolShown[] {
  if (tool.type !== "namespace") return [{ name: text(tool.name), description: text(tool.description ?? "") }];
  const namespace = text(tool.name);
  return list(tool, "tools")
    .flatMap(toolsIn)
    .map((inner) => ({ ...inner, namespace }));
}
