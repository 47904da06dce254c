// Questions about a task as this generation asks them, by the client's form, and what its answers mean. Pure.

import type { InputRequiredTaskV2 } from "@modelcontextprotocol/ext-tasks/core/v2";
import * as z from "zod/mini";
import type { Question } from "../../operations/questions.ts";

export function inputRequestsOf(questions: Question[]): InputRequiredTaskV2["inputRequests"] {
  return Object.fromEntries(
    questions.map(({ key, message }) => [
      key,
      { method: "elicitation/create", params: { mode: "form", message, requestedSchema: YES_OR_NO } },
    ]),
  );
}

const YES_OR_NO = {
  type: "object",
  properties: { confirm: { type: "boolean", title: "Run it", default: false } },
  required: ["confirm"],
};

const answered = z.object({
  action: z.enum(["accept", "decline", "cancel"]),
  content: z.optional(z.object({ confirm: z.optional(z.boolean()) })),
});

/** Only what is accepted and says so is a yes. `undefined`: it is no answer at all. */
export function isYes(response: unknown): boolean | undefined {
  const read = answered.safeParse(response);
  return read.success ? read.data.action === "accept" && read.data.content?.confirm === true : undefined;
}
