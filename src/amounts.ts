// Durations and sizes as people write them, both ways. Pure.

/** Seconds in each unit, by every name that people give it. */
const UNITS: Record<string, number> = {};
for (const [names, seconds] of [
  ["ms millisecond milliseconds", 0.001],
  ["s sec secs second seconds", 1],
  ["m min mins minute minutes", 60],
  ["h hr hrs hour hours", 3600],
  ["d day days", 86_400],
  ["w week weeks", 604_800],
] as const)
  for (const name of names.split(" ")) UNITS[name] = seconds;

/** Seconds in a duration: "90", "90s", "1.5h", "1h30m", "2 days". `undefined` when it is none. */
export function parseDuration(written: string): number | undefined {
  const compact = written.trim().toLowerCase().replaceAll(/\s+/g, "");
  if (/^\d+(\.\d+)?$/.test(compact)) return Number(compact);
  if (!/^(\d+(\.\d+)?[a-z]+)+$/.test(compact)) return undefined;
  let seconds = 0;
  for (const [, count, name = ""] of compact.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    const unit = Object.hasOwn(UNITS, name) ? UNITS[name] : undefined;
    if (unit === undefined) return undefined;
    seconds += Number(count) * unit;
  }
  return seconds;
}

/** As parseDuration reads it: "1h30m", "90s" is "1m30s". */
export function durationText(seconds: number): string {
  let text = "";
  let left = seconds;
  for (const [name, unit] of [
    ["d", 86_400],
    ["h", 3600],
    ["m", 60],
  ] as const) {
    const count = Math.floor(left / unit);
    if (count > 0) text += `${count}${name}`;
    left -= count * unit;
  }
  const rest = Math.round(left * 1000) / 1000;
  return rest > 0 || text === "" ? `${text}${rest}s` : text;
}

/** Bytes in a size: "1048576", "64MB", "1.5 GiB"; K, M, G and T are powers of 1024. NaN when it is none. */
export function parseSize(written: string): number {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b|bytes?)?$/i.exec(written.trim()) ?? [];
  return Math.round(Number(count) * 1024 ** " kmgt".indexOf(unit.toLowerCase() || " "));
}

/** As parseSize reads it, exactly: "64MB", "1536KB", "1000". */
export function sizeText(bytes: number): string {
  const power = bytes === 0 ? 0 : ([4, 3, 2, 1].find((one) => bytes % 1024 ** one === 0) ?? 0);
  return power === 0 ? String(bytes) : `${bytes / 1024 ** power}${" KMGT"[power]}B`;
}
