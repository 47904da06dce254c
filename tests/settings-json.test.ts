// What setting a client up does to its settings file, whatever that looks like: our entry comes and goes, and everything else stays.

import { expect, test } from "bun:test";
import { parse, type ParseError } from "jsonc-parser";
import { withEntry, withoutEntry } from "../src/hosts/settings.ts";

const PATH = "settings.json";
const KEYS = ["servers", "bb"];
const ENTRY = { command: "/bin/bb", args: ["mcp"] };
const added = (text: string) => withEntry(PATH, text, KEYS, ENTRY);
const removed = (text: string) => withoutEntry(text, KEYS);

test.each([
  [
    "a comment on the line of the last one stays there",
    '{\n  "servers": {\n    "one": { "args": ["-y", "x"] } // keep: for one\n  }\n}\n',
    '{\n  "servers": {\n    "one": { "args": ["-y", "x"] }, // keep: for one\n    "bb": {',
  ],
  [
    "a block comment over several lines stays where it is",
    '{\n  "servers": {\n    "one": 1 /* for\n    one */\n  }\n}\n',
    '{\n  "servers": {\n    "one": 1, /* for\n    one */\n    "bb": {',
  ],
  [
    "what is commented out stays behind us",
    '{\n  "servers": {\n    "one": 1,\n    // disabled:\n    /* "two": 2, */\n  }\n}\n',
    '{\n  "servers": {\n    "one": 1,\n    "bb": {',
  ],
  ["a file of one line stays one", '{"servers": {"one": {"a": [1,2]}}}', '{"servers": {"one": {"a": [1,2]}, "bb": {'],
  [
    "an object that ends on the line of its last member",
    '{\n\t"servers": {\n\t\t"one": 1 }\n}',
    '"one": 1,\n\t\t"bb": {',
  ],
])("%s", (_, text, begins) => {
  const now = added(text);
  expect(now).toContain(begins);
  expect(removed(now)).toBe(text);
});

test("what stands around our entry stays when it goes", () => {
  const around = (ours: string) =>
    `{\n  "servers": {\n    "one": 1, // after one\n    // about us\n${ours}    /* disabled: "three": 3, */\n  }\n}\n`;
  expect(removed(around('    "bb": { "command": "x" },\n'))).toBe(around(""));
  expect(removed(around('    "bb": { "command": "x" } // ours\n'))).toBe(
    around("    // ours\n").replace("1, //", "1 //"),
  );
  expect(removed('{"servers": {"bb": 1, "one": 2}}')).toBe('{"servers": {"one": 2}}');
  expect(removed('{\n  "servers": {\n    "bb": 1\n  }\n}\n')).toBe('{\n  "servers": {}\n}\n');
});

test("any file with another entry is the same byte for byte once we have come and gone, and in between one more entry", () => {
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const text = anyFile(seed);
    const before = valueOf(text);
    const now = added(text);
    const wanted = { ...before, servers: { ...(before.servers as object), bb: ENTRY } };
    expect({ seed, value: valueOf(now) }).toEqual({ seed, value: wanted });
    for (const comment of text.match(/\/\/ c\d+|\/\* c\d+[^*]*\*\//g) ?? []) expect(now).toContain(comment);
    expect({ seed, text: removed(now) }).toEqual({ seed, text });
  }
});

function valueOf(text: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value = parse(text, errors, { allowTrailingComma: true }) as Record<string, unknown>;
  expect({ text, errors }).toEqual({ text, errors: [] });
  return value;
}

/** Valid, with comments, line ends, indents and trailing commas as people write them, and as they do not. */
function anyFile(seed: number): string {
  let state = seed;
  const chance = (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % n;
  };
  let comments = 0;
  const eol = chance(4) === 0 ? "\r\n" : "\n";
  const gap = (depth: number): string => {
    const pieces = ["", " ", `${eol}${" ".repeat(2 * depth)}`, `${eol}${"\t".repeat(depth)}`, eol];
    const piece = pieces[chance(pieces.length)] ?? "";
    if (chance(5) > 0) return piece;
    const comment = `c${(comments += 1)}`;
    return chance(2) === 0 ? `${piece}// ${comment}${eol}` : `${piece}/* ${comment}${chance(2) === 0 ? eol : ""} */ `;
  };
  const value = (depth: number): string => {
    const kind = chance(depth > 3 ? 3 : 5);
    if (kind < 3) return ["1", '"text // no comment, /* nor this */"', "null"][kind] ?? "1";
    return kind === 3 ? `[${gap(depth)}${value(depth + 1)}${gap(depth)}]` : object(depth, [], chance(3));
  };
  const object = (depth: number, fixed: string[], more: number): string => {
    const members = [
      ...fixed,
      ...Array.from({ length: more }, (_, at) => `"k${at}"${gap(depth)}:${gap(depth)}${value(depth + 1)}`),
    ];
    if (members.length === 0) return `{${gap(depth)}}`;
    const trailing = chance(3) === 0 ? `,${gap(depth)}` : "";
    return `{${members.map((member) => gap(depth) + member).join(`${gap(depth)},`)}${gap(depth)}${trailing}}`;
  };
  const servers = `"servers":${gap(1)}${object(2, [`"one": ${value(3)}`], chance(3))}`;
  return `${gap(0)}${object(1, [servers], chance(2))}${gap(0)}`;
}
