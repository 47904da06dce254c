// Anthropic's Messages API, as Claude Code speaks it.

import { type Answer, type Body, type Dialect, events, list, plain, text } from "./dialect.ts";

export const anthropic: Dialect = {
  asks: (path) => path.endsWith("/v1/messages"),
  read(body) {
    const parts = list(body, "messages").flatMap((message) => list(message, "content"));
    return {
      tools: list(body, "tools").map(({ name, description }) => ({ name: text(name), description: text(description) })),
      results: parts.filter(({ type }) => type === "tool_result").map(({ content }) => plain(content)),
      news: plain(list(body, "messages").at(-1)?.content),
      text: JSON.stringify(body),
    };
  },
  answer(answer, { body }) {
    const content = contentOf(answer);
    const stop_reason = "calls" in answer ? "tool_use" : "end_turn";
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = { id: `msg_${crypto.randomUUID()}`, type: "message", role: "assistant", model: body.model, usage };
    if (body.stream !== true) return Response.json({ ...message, content, stop_reason, stop_sequence: null });
    return events(
      [
        { type: "message_start", message: { ...message, content: [], stop_reason: null, stop_sequence: null } },
        ...content.flatMap(blockEvents),
        { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
        { type: "message_stop" },
      ],
      { named: true },
    );
  },
};

function contentOf(answer: Answer): Body[] {
  if ("text" in answer) return [{ type: "text", text: answer.text }];
  return answer.calls.map(({ id, tool, args }) => ({ type: "tool_use", id, name: tool.name, input: args }));
}

function blockEvents(block: Body, index: number): Body[] {
  const [empty, delta] =
    block.type === "text"
      ? [{ text: "" }, { type: "text_delta", text: block.text }]
      : [{ input: {} }, { type: "input_json_delta", partial_json: JSON.stringify(block.input) }];
  return [
    { type: "content_block_start", index, content_block: { ...block, ...empty } },
    { type: "content_block_delta", index, delta },
    { type: "content_block_stop", index },
  ];
}
