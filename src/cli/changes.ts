// What a change of a text file comes to, in the lines that differ. Pure.

/** Lines that go, with "- ", and that come, with "+ ": the stretch between what both texts begin and end with. */
export function changedLines(before: string, after: string): string[] {
  const [old, next] = [before.split("\n"), after.split("\n")];
  const most = Math.min(old.length, next.length);
  let head = 0;
  while (head < most && old[head] === next[head]) head++;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail) === next.at(-1 - tail)) tail++;
  return [
    ...old.slice(head, old.length - tail).map((line) => `- ${line}`),
    ...next.slice(head, next.length - tail).map((line) => `+ ${line}`),
  ];
}
