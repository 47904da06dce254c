// The result of the day in docs/benchmarks.md and in the README, between markers; what stands around them is written by hand.

import { budget, notes, show, sizeOf, times } from "./print.ts";
import { growsThough, holds, type Part, type Result, type Row } from "./result.ts";

const [BEGIN, END] = ["<!-- written by bun run bench -->", "<!-- to here -->"];

/** The text with what lies between its markers replaced. */
export function replaced(text: string, written: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`there is no ${BEGIN} before an ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${written}\n\n${text.slice(end)}`;
}

/** All of it, an experiment a table. */
export function wholeDocument(result: Result): string {
  const { machine, versions } = result;
  const dates = [...new Set(result.parts.map(({ date }) => date))].toSorted();
  const commits = [...new Set(result.parts.map(({ commit }) => commit))];
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured ${dates.join(" and ")} (${commits.join(", ")}) on ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system}, ` +
      `Linux ${machine.kernel}, homes and logs on ${machine.fileSystem}, Bun ${machine.bun}. Peers: ${peers.join(", ") || "none"}.`,
    notes(result).filter(Boolean).map(item).join("\n"),
    ...result.parts.flatMap(part),
  ]
    .filter(Boolean)
    .join("\n\n");
}

const item = (text: string) => `- ${text}`;

function part({ experiment, of, rows, growth }: Part): string[] {
  const contenders = [...new Set(rows.flatMap(({ others }) => others.map(({ contender }) => contender)))];
  const table = [
    ["", "figure", "backburner", "quartiles (n)", "budget", ...contenders],
    ...rows.map((row) => {
      const { figure, ours, others } = row;
      const cell = (name: string) => {
        const other = others.find(({ contender }) => contender === name);
        return other ? `${show(other.series.median)} ${times(other.ratio)}`.trim() : "–";
      };
      return [
        `\`${figure.id}\`${sizeOf(row)}`,
        figure.title,
        `${show(ours.median)} ${figure.unit}`,
        `${show(ours.low)} – ${show(ours.high)} (${ours.count})`,
        `${budget(row)}${holds(row) === false ? ", **missed**" : ""}`,
        ...contenders.map(cell),
      ];
    }),
  ];
  const grows = growth.map((each) => [
    `\`${each.figure}\``,
    each.contender,
    each.sizes.map(show).join(", "),
    each.medians.map(show).join(" → "),
    each.exponent.toFixed(2),
    each.flat ? (growsThough(each) ? "**should be flat**" : "flat") : "",
  ]);
  return [
    `## ${experiment}${of ? `, by ${of}` : ""}`,
    markdown(table),
    ...(grows.length > 0 ? [markdown([["growth of", "by", of ?? "", "medians", "exponent", ""], ...grows])] : []),
  ];
}

/** What the README shows: a figure, at the largest size, beside those who come to mind. */
const SHOWN = [
  "initialize",
  "rss",
  "tools",
  "start-reply",
  "start-first",
  "submit-call",
  "end-wait",
  "burst",
  "survivors",
  "cli-list",
  "private",
  "tail",
  "write",
  "agent-bytes",
];
const BESIDE = ["task-spooler", "pm2", "DesktopCommander", "manage-bg-mcp"];
const FLOORS = [
  "setsid sh -c",
  "empty Bun binary",
  "its parent",
  "xargs -P4 sh -c true",
  "xargs -P4 true",
  "sh > file",
  "tail/dd/grep",
];

export function readmeTable(result: Result): string {
  const all = result.parts.flatMap(({ rows, of }) => rows.map((row) => ({ row, of })));
  const rows = SHOWN.flatMap((id) => all.filter(({ row }) => row.figure.id === id).slice(-1));
  const cell = (row: Row, names: string[]) => {
    const other = row.others.find(({ contender }) => names.includes(contender));
    return other ? show(other.series.median) : "–";
  };
  return markdown([
    ["figure", "backburner", "budget", "floor", ...BESIDE],
    ...rows.map(({ row, of }) => [
      `${row.figure.title.replace(/^… /, "")}${of ? ` (${show(row.size)} ${of})` : ""}`,
      `${show(row.ours.median)} ${row.figure.unit}`,
      `${budget(row)}${holds(row) === false ? ", **missed**" : ""}`,
      cell(row, FLOORS),
      ...BESIDE.map((name) => cell(row, [name])),
    ]),
  ]);
}

function markdown([head = [], ...rows]: string[][]): string {
  const escaped = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [escaped(head), `| ${head.map(() => "---").join(" | ")} |`, ...rows.map(escaped)].join("\n");
}
