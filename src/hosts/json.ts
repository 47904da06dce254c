// Edits of JSON with comments. They touch one property, its comma and its lines, and nothing of what stands around it. Pure.

import { findNodeAtLocation, type Node, parseTree, visit } from "jsonc-parser";

/** The text, an object, with `value` at `keys`. Objects on the way are made where they are missing. */
export function withProperty(text: string, keys: string[], value: unknown): string {
  const root = treeOf(text);
  let depth = keys.length;
  let node = findNodeAtLocation(root, keys);
  while (!node && depth > 0) node = findNodeAtLocation(root, keys.slice(0, (depth -= 1)));
  if (!node) return text;
  const style = styleOf(text, root);
  const rest = keys.slice(depth);
  const [name, ...inner] = rest;
  if (name === undefined)
    return replaced(text, [[node.offset, endOf(node), written(value, style, indentAt(text, node.offset))]]);
  const wanted = inner.reduceRight<unknown>((within, key) => ({ [key]: within }), value);
  return withMember(text, node, style, name, wanted);
}

/** The text without what stands at `keys`. */
export function withoutProperty(text: string, keys: string[]): string {
  const property = findNodeAtLocation(treeOf(text), keys)?.parent;
  const siblings = property?.parent?.children;
  if (!property?.parent || !siblings) return text;
  const at = siblings.indexOf(property);
  const [previous, next] = [siblings[at - 1], siblings[at + 1]];
  const start = property.offset;
  const after = commaIn(text, endOf(property), next?.offset ?? endOf(property.parent));
  const before = previous && after === undefined ? commaIn(text, endOf(previous), start) : undefined;
  const follows = after !== undefined && isBlank(text, endOf(property), after);
  const stop = follows ? after + 1 : endOf(property);
  const comma = follows ? undefined : (after ?? before);
  return closed(
    replaced(text, [[...spanOf(text, start, stop, previous), ""], ...(comma === undefined ? [] : [cut(comma)])]),
    keys.slice(0, -1),
  );
}

const cut = (at: number): Edit => [at, at + 1, ""];

/** What goes with a property: what led to it, its line break or blank, but where a comment would swallow what follows, or lose its line. */
function spanOf(text: string, start: number, stop: number, previous: Node | undefined): [start: number, stop: number] {
  const lead = /(?:\r?\n[ \t]*|[ \t]*)$/.exec(text.slice(0, start))?.index ?? start;
  const rest = /^[^\r\n]*/.exec(text.slice(stop))?.[0] ?? "";
  const isLine = /^\r?\n/.test(text.slice(lead, start));
  const swallows = tokensOf(text).comments.some(([from, to]) => to === lead && text.startsWith("//", from));
  if (isLine ? rest.trim() === "" || !(swallows || /^\s*\//.test(rest)) : previous) return [lead, stop];
  return [start, stop + rest.length - rest.trimStart().length];
}

type Edit = [start: number, stop: number, text: string];

interface Style {
  eol: string;
  indent: string;
}

/** The object with one more member, behind the others and what is said of the last of them. */
function withMember(text: string, object: Node, style: Style, name: string, value: unknown): string {
  const end = endOf(object) - 1;
  const outer = indentAt(text, object.offset);
  const member = (indent: string) => `${JSON.stringify(name)}: ${written(value, style, indent)}`;
  const last = object.children?.at(-1);
  if (!last) {
    const content = text.slice(object.offset + 1, end).trimEnd();
    const at = object.offset + 1 + content.length;
    const indent = outer + style.indent;
    const tail = text.slice(at, end).includes("\n") ? text.slice(at, end) : style.eol + outer;
    return replaced(text, [[at, end, style.eol + indent + member(indent) + tail]]);
  }
  const comma = commaIn(text, endOf(last), end);
  const from = comma === undefined ? endOf(last) : comma + 1;
  const indent = beginsLine(text, last) ? indentAt(text, last.offset) : outer + style.indent;
  const isLine = text.slice(object.offset, end).includes("\n");
  const line = isLine ? `${style.eol}${indent}${member(indent)}` : ` ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
  const at = behindComments(text, from);
  return comma === undefined
    ? replaced(text, [
        [from, from, ","],
        [at, at, line],
      ])
    : replaced(text, [[at, at, `${line},`]]);
}

/** Where the comments end that begin on this line. */
function behindComments(text: string, from: number): number {
  return tokensOf(text).comments.reduce(
    (at, [start, stop]) =>
      start >= at && isBlank(text, at, start) && !text.slice(at, start).includes("\n") ? stop : at,
    from,
  );
}

/** An object that has lost its last member, and holds no comment, on one line. */
function closed(text: string, keys: string[]): string {
  const object = findNodeAtLocation(treeOf(text), keys);
  if (!object || object.children?.length !== 0 || !isBlank(text, object.offset + 1, endOf(object) - 1)) return text;
  return replaced(text, [[object.offset, endOf(object), "{}"]]);
}

function treeOf(text: string): Node {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (!root) throw new Error("there is no value");
  return root;
}

function styleOf(text: string, root: Node): Style {
  const first = root.children?.find((member) => beginsLine(text, member));
  const indent = first ? indentAt(text, first.offset) : "";
  return { eol: text.includes("\r\n") ? "\r\n" : "\n", indent: indent === "" ? "  " : indent };
}

function written(value: unknown, { eol, indent }: Style, outer: string): string {
  return JSON.stringify(value, null, indent).replaceAll("\n", eol + outer);
}

function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";
}

function beginsLine(text: string, { offset }: Node): boolean {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return start > 0 && isBlank(text, start, offset);
}

const endOf = ({ offset, length }: Node) => offset + length;
const isBlank = (text: string, start: number, stop: number) => text.slice(start, stop).trim() === "";

function commaIn(text: string, start: number, stop: number): number | undefined {
  return tokensOf(text).commas.find((at) => at >= start && at < stop);
}

function tokensOf(text: string): { commas: number[]; comments: [start: number, stop: number][] } {
  const commas: number[] = [];
  const comments: [number, number][] = [];
  visit(
    text,
    {
      onSeparator: (character, offset) => void (character === "," && commas.push(offset)),
      onComment: (offset, length) => void comments.push([offset, offset + length]),
    },
    { allowTrailingComma: true },
  );
  return { commas, comments };
}

/** The edits do not overlap; at the same place the first comes first. */
function replaced(text: string, edits: Edit[]): string {
  const fromBehind = edits.toReversed().toSorted(([one], [other]) => other - one);
  return fromBehind.reduce((now, [start, stop, by]) => now.slice(0, start) + by + now.slice(stop), text);
}
