// Text cut to a length between its characters: half of a surrogate pair is no text, and strict readers of JSON refuse it. Pure.

/** The first `most` characters; one less where that would part a pair. */
export function headOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most);
  return /[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head;
}

/** The last `most` characters; one less where that would part a pair. */
export function endOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = most <= 0 ? "" : text.slice(-most);
  return /^[\udc00-\udfff]/.test(end) ? end.slice(1) : end;
}

/** The text itself, of a longer one its beginning and an ellipsis. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${headOf(text, most - 1)}…` : text;
}
