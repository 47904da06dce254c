// What a tool is: one verb, with one schema for what goes in and one for what comes out. Both are published, and both are checked:
// the input when a call comes, the output by the compiler.

import type { CallToolResult, ServerContext, Tool as Declaration, ToolAnnotations } from "@modelcontextprotocol/server";
import * as z from "zod/mini";
import type { App } from "../../operations/app.ts";
import type { Handle } from "../../operations/handles.ts";
import type { Caller } from "../../operations/start.ts";
import type { Connection } from "../connection.ts";
import { newsFields } from "../news.ts";
import type { Progress } from "../progress.ts";
import { readArguments } from "./arguments.ts";

/** One call, as far as a tool needs to know. */
export interface Call {
  app: App;
  /** Who submits. May have to ask the client. */
  caller: () => Promise<Caller>;
  /** Aborted when the client no longer wants the answer. */
  signal: AbortSignal;
  progress: Progress;
  connection: Connection;
  /** The request itself, for what belongs to the protocol. */
  context: ServerContext;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  annotations: ToolAnnotations;
  input: z.ZodMiniObject;
  output: z.ZodMiniObject;
  /** Checks what was given and does it. Throws `bad_request` and whatever the operation throws. */
  answer(call: Call, given: unknown): Promise<Record<string, unknown>>;
  /** For a client that polls: begins what was given. */
  begin?: Begin<unknown>;
  /** The form in which a reply goes out. Without it: JSON, as text and as structured content. */
  render?: (reply: Record<string, unknown>) => CallToolResult;
}

/** What a handle stands for, and how it comes to be. */
export interface Begin<Args> {
  of: "task" | "wait";
  run(call: Call, args: Args, terms: Terms): Promise<Begun>;
}

export interface Begun {
  handle: Handle;
  /** What is over by now is answered plainly, where the protocol leaves that to the server. */
  plainWhenOver: boolean;
}

/** What a client that polls has said, or its generation of the protocol. */
export interface Terms {
  /** For how long it wants to be able to ask. */
  ttlMs?: number | undefined;
  /** Where the caller gives no timeout. */
  timeoutSeconds?: number | undefined;
}

type Definition<In extends z.ZodMiniObject, Out extends z.ZodMiniObject> = Omit<Tool, "answer" | "begin"> & {
  input: In;
  output: Out;
  run: (call: Call, args: z.output<In>) => Promise<z.input<Out>>;
  begin?: Begin<z.output<In>>;
};

export function defineTool<In extends z.ZodMiniObject, Out extends z.ZodMiniObject>({
  run,
  begin,
  ...tool
}: Definition<In, Out>): Tool {
  const read = (given: unknown) => readArguments(tool.name, tool.input, given);
  return {
    ...tool,
    answer: (call, given) => run(call, read(given)),
    ...(begin && { begin: { of: begin.of, run: (call, given, terms) => begin.run(call, read(given), terms) } }),
  };
}

/** The tool as `tools/list` shows it. `news`: its replies also tell what has ended meanwhile. */
export function declare({ name, title, description, annotations, input, output }: Tool, news: boolean): Declaration {
  return {
    name,
    title,
    description,
    annotations,
    inputSchema: published(input),
    outputSchema: published(news ? z.extend(output, newsFields) : output),
  };
}

/** A bound that no sensible call comes near is checked and not told. */
const BEYOND_ANY_USE = 100_000_000;

function published(schema: z.ZodMiniObject): Declaration["inputSchema"] {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: "input",
    // What says nothing to a model is left out: it reads this at every turn.
    override({ jsonSchema }) {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if ((jsonSchema.maximum ?? 0) >= BEYOND_ANY_USE) delete jsonSchema.maximum;
      delete jsonSchema.propertyNames;
    },
  });
  return json as Declaration["inputSchema"];
}
