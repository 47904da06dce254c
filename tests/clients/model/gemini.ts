// Google's generateContent API, as Gemini CLI speaks it.

import { type Dialect, type Body, events, list, plain, text } from "./dialect.ts";

export const gemini: Dialect = {
  asks: (path) => /:(stream)?generateContent$/i.test(path),
  read(body) {
    const parts = list(body, "contents").flatMap((content) => list(content, "parts"));
    return {
      tools: list(body, "tools")
        .flatMap((group) => list(group, "functionDeclarations"))
        .map(({ name, description }) => ({ name: text(name), description: text(description ?? "") })),
      results: parts.flatMap(({ functionResponse }) => (functionResponse ? [given(functionResponse as Body)] : [])),
      news: plain(list(body, "contents").at(-1)?.parts),
      text: JSON.stringify(body),
    };
  },
  answer(answer, { path }) {
    const parts =
      "text" in answer
        ? [{ text: answer.text }]
        : answer.calls.map(({ id, tool, args }) => ({ functionCall: { id, name: tool.name, args } }));
    const body = {
      candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    };
    return path.includes(":stream") ? events([body]) : Response.json(body);
  },
};

/** What the function gave; the host puts its text under `output`. */
function given({ response }: Body): string {
  const { output } = (response ?? {}) as Body;
  return text(output ?? response);
}
