// Keys by name, and the bytes that a terminal sends for them (xterm, in its normal mode). Pure.

import { unknownKey } from "../wording.ts";

const ESCAPE = "\u001b";
const NAMED: Record<string, string> = {
  enter: "\r",
  tab: "\t",
  escape: ESCAPE,
  esc: ESCAPE,
  space: " ",
  backspace: "\u007f",
  up: `${ESCAPE}[A`,
  down: `${ESCAPE}[B`,
  right: `${ESCAPE}[C`,
  left: `${ESCAPE}[D`,
  home: `${ESCAPE}[H`,
  end: `${ESCAPE}[F`,
  insert: `${ESCAPE}[2~`,
  delete: `${ESCAPE}[3~`,
  pageup: `${ESCAPE}[5~`,
  pagedown: `${ESCAPE}[6~`,
  "shift-tab": `${ESCAPE}[Z`,
  f1: `${ESCAPE}OP`,
  f2: `${ESCAPE}OQ`,
  f3: `${ESCAPE}OR`,
  f4: `${ESCAPE}OS`,
  f5: `${ESCAPE}[15~`,
  f6: `${ESCAPE}[17~`,
  f7: `${ESCAPE}[18~`,
  f8: `${ESCAPE}[19~`,
  f9: `${ESCAPE}[20~`,
  f10: `${ESCAPE}[21~`,
  f11: `${ESCAPE}[23~`,
  f12: `${ESCAPE}[24~`,
};

/** What the key sends. Throws `bad_request` for a name that no key has. */
export function bytesOfKey(name: string): string {
  const sent = sentBy(name);
  if (sent === undefined) throw unknownKey(name);
  return sent;
}

function sentBy(name: string): string | undefined {
  const key = name.toLowerCase().replace(/^(?:control|c)-/, "ctrl-");
  if (Object.hasOwn(NAMED, key)) return NAMED[key];
  const control = /^ctrl-([a-z@[\\\]^_ ]|space)$/.exec(key)?.[1];
  if (control !== undefined)
    return String.fromCharCode((control === "space" ? "@" : control).toUpperCase().charCodeAt(0) & 0x1f);
  const alt = /^(?:alt|meta|m)-([!-~])$/i.exec(name)?.[1];
  return alt === undefined ? undefined : ESCAPE + alt;
}

/** "<ctrl-c>" and the like, also with a backslash before it, which takes its meaning. */
const TOKEN = /(\\?)<([a-z0-9]+(?:-[a-z0-9@[\\\]^_]+)?)>/gi;

/** Replaces keys by what they send, and newlines by the Enter key; `\<ctrl-c>` stays as text, as does what names no key. */
export function typed(text: string): string {
  let sent = "";
  let from = 0;
  for (const token of text.matchAll(TOKEN)) {
    const [whole, backslash = "", name = ""] = token;
    const key = sentBy(name);
    if (key === undefined) continue;
    sent += entered(text.slice(from, token.index)) + (backslash === "" ? key : whole.slice(1));
    from = token.index + whole.length;
  }
  return sent + entered(text.slice(from));
}

/** The first key of a text that is nothing but keys; such a text is not meant literally. */
export function onlyKeys(text: string): string | undefined {
  const [first] = text.matchAll(TOKEN);
  const rest = text.replaceAll(TOKEN, (whole, backslash: string, name: string) =>
    backslash === "" && sentBy(name) !== undefined ? "" : whole,
  );
  return first && rest.trim() === "" ? first[0] : undefined;
}

/** On a terminal Enter is a carriage return. */
export function entered(text: string): string {
  return text.replaceAll(/\r?\n/g, "\r");
}
