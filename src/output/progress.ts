// How far a task is, read from what it prints last. Conservative: a number counts only where tools put their progress, as a wrong
// figure is worse than none. Pure, and cheap on heavy output: a chunk costs the copy of its end, a look costs that end.

import { shortened } from "../cut.ts";
import type { Progress } from "../task.ts";

/** So much of the newest output is looked at. */
const TAIL_BYTES = 2_048;
const LONGEST_MESSAGE = 100;
const LARGEST_COUNT = 1e9;

export class ProgressReader {
  /** Room for the newest bytes, made once: much output leaves no garbage. They are at its end. */
  #room: Uint8Array | undefined;
  #tailBytes = 0;

  push(chunk: Uint8Array): void {
    // A copy, as the chunk's memory is its giver's.
    this.#room ??= new Uint8Array(TAIL_BYTES);
    const newest = chunk.subarray(-TAIL_BYTES);
    this.#room.copyWithin(0, newest.length);
    this.#room.set(newest, TAIL_BYTES - newest.length);
    this.#tailBytes = Math.min(TAIL_BYTES, this.#tailBytes + newest.length);
  }

  /** What the newest line that says something says. `undefined` when none does. */
  read(): Progress | undefined {
    const tail = this.#room?.subarray(TAIL_BYTES - this.#tailBytes);
    const text = Bun.stripANSI(new TextDecoder().decode(tail));
    const lines = text.split(/[\r\n]+/);
    if (this.#tailBytes === TAIL_BYTES && lines.length > 1) lines.shift(); // its beginning is gone
    for (const line of lines.toReversed()) {
      const found = progressIn(line);
      if (found) return found;
    }
    return undefined;
  }
}

/** True when both say the same. */
export function sameProgress(one: Progress | undefined, other: Progress | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What one line, without escape sequences, says of how far its task is. */
export function progressIn(line: string): Progress | undefined {
  const figures = counted(line) ?? measured(line);
  if (!figures) return undefined;
  const message = line.replaceAll(/\s+/g, " ").trim();
  return { ...figures, message: shortened(message, LONGEST_MESSAGE) };
}

type Figures = Omit<Progress, "message">;

/** What is done, between other columns of the line: `17/340`, `17 of 340`, `1,024/2,048`. */
const OF = String.raw`#?(\d[\d,]*)\s*(?:\/|of|out of)\s*(\d[\d,]*)(?![\w/]|[.,:-]\d)`;

/** Where tools put a step and a total. */
const COUNTS = [
  // ninja, meson, yarn, playwright: [17/340]; docker build: #7 [3/9], #7 [builder 3/9], => [3/9]; bazel: [17 / 340]
  new RegExp(String.raw`\[\s*(?:[a-z][\w.-]*\s+)?${OF}\s*\]`),
  // cargo: Building [=====>    ] 12/340: serde
  new RegExp(String.raw`\[[=>#.\s-]{3,}\]\s*${OF}`),
  // docker build, tests, training: Step 3/9 :, step 3 of 9, Epoch 2/10, file 3 of 40
  new RegExp(
    String.raw`\b(?:step|epoch|batch|iteration|stage|phase|round|task|file|test|item|part|chunk|page|package|module|frame|image|record|row|shard|segment)s?:?\s+${OF}`,
    "i",
  ),
  // Downloading 3 of 9, Compiling 12/340, Processing file 3/40
  new RegExp(String.raw`^\W*[a-z]+ing(?:\s+[a-z]+)?:?\s+${OF}`, "i"),
  // ( 3/10) installing: pacman, dnf
  new RegExp(String.raw`^\s*\(\s*${OF}\s*\)`),
  // npm's and others' bar with a count behind: |████    | 17/40
  new RegExp(String.raw`[█▏▎▍▌▋▊▉━╸░▒▓].*?[|\s]\s*${OF}(?!\s*[kMGT]?i?B)`),
];

function counted(line: string): Figures | undefined {
  for (const pattern of COUNTS) {
    const [, written = "", of = ""] = pattern.exec(line) ?? [];
    const step = numberOf(written);
    const total = numberOf(of);
    if (step === undefined || total === undefined || step > total || total === 0) continue;
    const percent = percentIn(line);
    return { ...(percent !== undefined && { percent }), step, total };
  }
  return undefined;
}

function numberOf(written: string): number | undefined {
  const value = Number(written.replaceAll(",", ""));
  return written !== "" && value <= LARGEST_COUNT ? value : undefined;
}

/** A percentage, and the count beside it when it fits: `42% (17/40)`, `42%|████▏     | 17/40`, `17 / 40 ( 42%)`. */
function measured(line: string): Figures | undefined {
  const percent = percentIn(line) ?? meterIn(line) ?? amountIn(line) ?? gaugeIn(line);
  if (percent === undefined) return undefined;
  for (const [, written = "", of = ""] of line.matchAll(/(?<![\w/.=-])(\d[\d,]*)\s?\/\s?(\d[\d,]*)(?![\w/.])/g)) {
    const step = numberOf(written);
    const total = numberOf(of);
    if (step === undefined || total === undefined || total === 0) continue;
    if (Math.abs((100 * step) / total - percent) < 2) return { percent, step, total };
  }
  return { percent };
}

const PERCENT = /(?<![\w.,%-])(\d{1,3}(?:\.\d+)?)\s?%(?![\w%])/;
/** Percentages that are no progress. */
const OTHER =
  /\b(?:coverage|cov|cpu|mem(?:ory)?|disk|usage|used|idle|batter\w+|loss|accuracy|acc|hit|rate|ratio|fast\w*|slow\w*|small\w*|larg\w*|swap|utili[sz]ation|free|threshold|confidence|similarity|statements|branches|functions|quality|volume|reduc\w+|increase\w*|decrease\w*|saved|savings|packet|failed|passed|lines)\b/i;
const BAR = /[█▏▎▍▌▋▊▉━╸░▒▓]|[[|(<][=>#*.\s-]{3,}[\])|>]|\[[=#>.\s-]*[=#>][=#>.\s-]*\]|#{3,}|\.{6,}/;
const DOING =
  /\b(?:progress|complete[d]?|done|remaining|eta|download\w*|upload\w*|receiving|resolving|writing|compressing|counting|enumerating|unpacking|extract\w*|install\w*|build\w*|compil\w*|link\w*|copy\w*|process\w*|transfer\w*|load\w*|render\w*|encod\w*|decod\w*|convert\w*|train\w*|epoch|sync\w*|fetch\w*|pull\w*|push\w*|scan\w*|index\w*|verify\w*|check\w*|format\w*|generat\w*|analy\w*|migrat\w*|import\w*|export\w*|back(?:ing)? ?up|updat\w*|restor\w*|reading|executing|running|test\w*|seal\w*|emit\w*|modules)\b/i;

function percentIn(line: string): number | undefined {
  const found = PERCENT.exec(line);
  const percent = Number(found?.[1]);
  if (!found || percent > 100) return undefined;
  const before = line.slice(0, found.index);
  const after = line.slice(found.index + found[0].length);
  const bracketed = /[[(]\s*$/.test(before) && /^\s*[\])]/.test(after); // pytest: [ 45%], make: [ 45%]
  const bar = /^[|[][^\]|]/.test(after); // tqdm: 42%|███, wget: 42%[===>
  if (bracketed || bar) return percent;
  if (OTHER.test(line)) return undefined;
  const first = before.trim() === "" && /^\s*$|^\s*[[|(:,]|^\s+[\d-]/.test(after);
  const last = after.trim() === "" && /[:\]>|.…]\s*$/.test(before);
  const rate = /^\s+[\d.]+\s*[kKMG]?i?B\/s/.test(after); // rsync
  return first || last || rate || BAR.test(line) || DOING.test(line) ? percent : undefined;
}

/** curl: columns of which the first is the percentage, and three more are percentages or sizes, then rates and times. */
const METER =
  /^\s*(\d{1,3})\s+[\d.]+[kMGTP]?\s+\d{1,3}\s+[\d.]+[kMGTP]?\s+\d{1,3}\s+[\d.]+[kMGTP]?\s+[\d.]+[kMGTP]?\s+[\d.]+[kMGTP]?\s+[-\d:]{7,}/;

function meterIn(line: string): number | undefined {
  const percent = Number(METER.exec(line)?.[1]);
  return percent <= 100 ? percent : undefined;
}

/** pip, docker pull: a bar beside `12.3/45.6 MB` or `12.3MB/45.6MB`. */
const AMOUNT = /(?<![\w.])(\d+(?:\.\d+)?)\s?([kKMGT]?)i?B?\s?\/\s?(\d+(?:\.\d+)?)\s?([kKMGT]?)i?B\b/;

function amountIn(line: string): number | undefined {
  const [, done, unit = "", total, totalUnit = ""] = AMOUNT.exec(line) ?? [];
  if (done === undefined || total === undefined || !BAR.test(line)) return undefined;
  const size = (count: string, of: string) => Number(count) * 1000 ** "kmgt".indexOf((of || totalUnit).toLowerCase());
  const ratio = size(done, unit) / size(total, totalUnit);
  return ratio >= 0 && ratio <= 1 ? Math.floor(ratio * 100) : undefined;
}

/** npm: ⸨####⠂⠂⠂⠂⸩ has no figure but its length. */
function gaugeIn(line: string): number | undefined {
  const [, full, rest] = /[⸨]([#█]*)([⠂░ .]*)[⸩]/.exec(line) ?? [];
  if (full === undefined || rest === undefined || full.length + rest.length < 5) return undefined;
  return Math.floor((100 * full.length) / (full.length + rest.length));
}
