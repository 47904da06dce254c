// Holds every message that a server sends against the published schema of its revision. Wires do it by themselves, and a test fails
// when a message was not as its schema says (tests/helpers/after.ts).

import {
  CancelTaskResultV2Schema,
  CreateTaskResultV2Schema,
  GetTaskResultV2Schema,
  TaskStatusNotificationV2Schema,
  UpdateTaskResultV2Schema,
} from "@modelcontextprotocol/ext-tasks/core/v2";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Definition, publishedSchema, REVISIONS, type Revision } from "./published-schemas.ts";

export interface SentMessage {
  jsonrpc?: string;
  id?: number | string | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: unknown };
}

/** The request that a reply answers. */
export interface Asked {
  method: string;
  params: Record<string, unknown>;
}

const PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion";

/** What one connection has said about its revision, and what was wrong with what it sent. */
export class SchemaCheck {
  #negotiated: Revision | undefined;
  /** A server that does not say so passes over `task` in a call of 2025-11-25. */
  #augments = false;
  /** How many messages of each revision were held against its schema. */
  readonly checked = new Map<Revision, number>();

  /** The client has sent a request: by that it says which revision it speaks from now on, unless it shakes hands. */
  asked({ params }: Asked): void {
    // oxlint-disable-next-line no-underscore-dangle -- the protocol's own name
    if ((params._meta as Record<string, unknown> | undefined)?.[PROTOCOL_VERSION] !== undefined)
      this.#negotiated = "2026-07-28";
  }

  /** Notes what is wrong with the message. `asked` is the request that it answers. */
  note(message: SentMessage, asked?: Asked): void {
    const revision = this.#revisionOf(message, asked);
    this.checked.set(revision, (this.checked.get(revision) ?? 0) + 1);
    if (asked?.method === "initialize") this.#augments = saysTasks(message.result?.capabilities);
    const wrong = complaints(revision, message, this.#augments ? asked : asked && withoutTask(asked));
    if (wrong.length > 0) noted.push(`${revision}: ${wrong.join("; ")}: ${JSON.stringify(message).slice(0, 2_000)}`);
  }

  #revisionOf({ result }: SentMessage, asked?: Asked): Revision {
    if (asked?.method === "initialize" && result) this.#negotiated = known(result.protocolVersion);
    return this.#negotiated ?? "2025-11-25";
  }
}

function saysTasks(capabilities: unknown): boolean {
  const { tasks } = (capabilities ?? {}) as { tasks?: { requests?: { tools?: { call?: object } } } };
  return tasks?.requests?.tools?.call !== undefined;
}

function withoutTask({ method, params }: Asked): Asked {
  const { task: _, ...others } = params;
  return { method, params: others };
}

function known(version: unknown): Revision {
  const revision = REVISIONS.find((one) => one === version);
  if (!revision) throw new Error(`the server speaks a revision nobody knows: ${JSON.stringify(version)}`);
  return revision;
}

const noted: string[] = [];

/** Throws when a message since the last call was not as its schema says. */
export function demandValidMessages(): void {
  const [first, ...more] = noted.splice(0);
  if (first !== undefined)
    throw new Error(`not as the schema says: ${first}${more.length > 0 ? ` (and ${more.length} more)` : ""}`);
}

/** What is wrong with a message that a server sent. */
export function complaints(revision: Revision, message: SentMessage, asked?: Asked): string[] {
  const book = bookOf(revision);
  if (message.method !== undefined) {
    if (revision === "2026-07-28" && message.method === "notifications/tasks")
      return extension(TaskStatusNotificationV2Schema, message);
    const name = book.byMethod.get(message.method);
    if (!name) return [`there is no ${message.method} that a server may send`];
    const frame = name.endsWith("Request") ? "JSONRPCRequest" : "JSONRPCNotification";
    return [...book.wrong(frame, message), ...book.wrong(name, message)];
  }
  if (message.error) return errorComplaints(book, message);
  if (message.result === undefined) return ["neither request, notification, result nor error"];
  const wrong = book.wrong(book.has("JSONRPCResultResponse") ? "JSONRPCResultResponse" : "JSONRPCResponse", message);
  return asked ? [...wrong, ...resultComplaints(book, revision, message.result, asked)] : wrong;
}

/** An error that belongs to no request has the id null by JSON-RPC 2.0, section 5; MCP's schemas know only ids that are there. */
function errorComplaints(book: Book, message: SentMessage): string[] {
  const { id, ...rest } = message;
  const code = message.error?.code ?? 0;
  if (id === null && !UNREADABLE.has(code)) return [`only what can't be read is answered without an id, not ${code}`];
  const sent = id === null ? { ...rest, id: "unreadable" } : message;
  return book.wrong(
    book.byCode.get(code) ?? (book.has("JSONRPCErrorResponse") ? "JSONRPCErrorResponse" : "JSONRPCError"),
    sent,
  );
}

const UNREADABLE = new Set([-32700, -32600]);

const EXTENSION = {
  "tasks/get": GetTaskResultV2Schema,
  "tasks/update": UpdateTaskResultV2Schema,
  "tasks/cancel": CancelTaskResultV2Schema,
};

function resultComplaints(book: Book, revision: Revision, result: Record<string, unknown>, asked: Asked): string[] {
  const { method, params } = asked;
  if (revision === "2026-07-28") {
    if (result.resultType === "task") return extension(CreateTaskResultV2Schema, result);
    if (method in EXTENSION) {
      const inner =
        method === "tasks/get" && isObject(result.result) ? book.wrong("CallToolResult", result.result) : [];
      return [...extension(EXTENSION[method as keyof typeof EXTENSION], result), ...inner];
    }
    if (result.resultType === "input_required") return book.wrong("InputRequiredResult", result);
  }
  if (revision === "2025-11-25") {
    if (method === "tools/call" && params.task !== undefined) return book.wrong("CreateTaskResult", result);
    if (method === "tasks/result") return book.wrong("CallToolResult", result);
  }
  const name = book.results.get(method) ?? "EmptyResult";
  const none =
    name === "EmptyResult" ? Object.keys(result).filter((key) => !["_meta", "resultType"].includes(key)) : [];
  return [...book.wrong(name, result), ...none.map((key) => `${key} in what has to be an empty result of ${method}`)];
}

interface ZodLike {
  safeParse(value: unknown): { success: boolean; error?: { issues: { path: PropertyKey[]; message: string }[] } };
}

/** The extension's schemas are published as a package. */
function extension(schema: ZodLike, value: unknown): string[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join("/")} ${message}`);
}

/** One revision's definitions, by what they are for. */
interface Book {
  has(name: string): boolean;
  wrong(name: string, value: unknown): string[];
  /** Requests and notifications that a server sends. */
  byMethod: Map<string, string>;
  /** The result of a request. */
  results: Map<string, string>;
  /** Errors with a definition of their own. */
  byCode: Map<number, string>;
}

const books = new Map<Revision, Book>();

function bookOf(revision: Revision): Book {
  const book = books.get(revision) ?? readBook(revision);
  books.set(revision, book);
  return book;
}

function readBook(revision: Revision): Book {
  const schema = publishedSchema(revision);
  const [key, definitions] = schema.$defs ? ["$defs", schema.$defs] : ["definitions", schema.definitions ?? {}];
  const options = {
    strict: false,
    allErrors: true,
    formats: { uri: URL.canParse.bind(URL), "uri-template": true, byte: true },
  } as const;
  const ajv = schema.$defs ? new Ajv2020(options) : new Ajv(options);
  ajv.addSchema({ ...schema, $id: "mcp" });
  const checks = new Map<string, ValidateFunction>();
  const check = (name: string): ValidateFunction => {
    const made = checks.get(name) ?? ajv.compile({ $ref: `mcp#/${key}/${name}` });
    checks.set(name, made);
    return made;
  };
  const fromServer = new Set(
    ["ServerRequest", "ServerNotification"].flatMap((name) => alternatives(name, definitions)),
  );
  const book: Book = {
    has: (name) => name in definitions,
    wrong(name, value) {
      const valid = check(name);
      return valid(value) ? [] : (valid.errors ?? []).map((error) => `${name}${error.instancePath} ${error.message}`);
    },
    byMethod: new Map(),
    results: new Map(),
    byCode: new Map(),
  };
  for (const [name, { properties }] of Object.entries(definitions)) {
    const method = properties?.method?.const;
    if (typeof method === "string") {
      if (fromServer.has(name)) book.byMethod.set(method, name);
      const result = name.replace(/Request$/, "Result");
      if (name.endsWith("Request") && result in definitions) book.results.set(method, result);
    }
    for (const part of properties?.error?.allOf ?? []) {
      const code = part.properties?.code?.const;
      if (typeof code === "number") book.byCode.set(code, name);
    }
  }
  return book;
}

/** The definitions that a union names. */
function alternatives(union: string, definitions: Record<string, Definition>): string[] {
  return (definitions[union]?.anyOf ?? []).flatMap(({ $ref }) =>
    $ref === undefined ? [] : [$ref.split("/").at(-1) ?? ""],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
