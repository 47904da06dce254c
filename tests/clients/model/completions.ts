// OpenAI's Chat Completions API, as opencode and Copilot CLI speak it.

import { type Answer, type Body, type Dialect, events, list, plain, text } from "./dialect.ts";

export const completions: Dialect = {
  asks: (path) => path.endsWith("/chat/completions"),
  read(body) {
    return {
      tools: list(body, "tools").map((tool) => {
        const { name, description } = tool.function as Body;
        return { name: text(name), description: text(description ?? "") };
      }),
      results: list(body, "messages")
        .filter(({ role }) => role === "tool")
        .map(({ content }) => plain(content)),
      news: plain(list(body, "messages").at(-1)?.content),
      text: JSON.stringify(body),
    };
  },
  answer(answer, { body }) {
    const base = { id: `chatcmpl-${crypto.randomUUID()}`, created: 1, model: body.model };
    const finish_reason = "calls" in answer ? "tool_calls" : "stop";
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const message = { role: "assistant", ...contentOf(answer) };
    if (body.stream !== true)
      return Response.json({
        ...base,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason }],
        usage,
      });
    const chunk = { ...base, object: "chat.completion.chunk" };
    return events(
      [
        { ...chunk, choices: [{ index: 0, delta: message, finish_reason: null }] },
        { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }] },
        { ...chunk, choices: [], usage },
      ],
      { end: "data: [DONE]\n\n" },
    );
  },
};

function contentOf(answer: Answer): Body {
  if ("text" in answer) return { content: answer.text };
  return {
    content: null,
    tool_calls: answer.calls.map(({ id, tool, args }, index) => ({
      index,
      id,
      type: "function",
      function: { name: tool.name, arguments: JSON.stringify(args) },
    })),
  };
}
