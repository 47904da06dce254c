// docs/top.svg: what `backburner top` shows of real tasks, in a real terminal. `bun run picture`.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTask } from "../helpers/cli.ts";
import { newHome, removeHomes } from "../helpers/home.ts";
import { newProject, SUITE } from "../helpers/project.ts";
import { ROOT } from "../helpers/release.ts";
import { Screen } from "../helpers/screen.ts";
import { svgOf } from "./svg.ts";

const [COLUMNS, ROWS] = [104, 13];

const home = newHome();
writeFileSync(join(home, "config.toml"), "max_tasks = 4\n");
const { good, broken } = newProject(newHome());
const bun = `'${process.execPath}'`;
const start = (name: string, command: string, cwd: string, ...options: string[]) =>
  startTask(home, ["--name", name, "--cwd", cwd, ...options, "--", command]);
/** Transpiles every file, slowly enough to be looked at. */
const transpile = `set -- $(find src -name '*.ts' | sort); total=$#; n=0; for file; do n=$((n+1)); echo "[$n/$total] $file"; ${bun} build --no-bundle "$file" >/dev/null; sleep 0.03; done`;

try {
  await start("unit tests", SUITE, good);
  await start("tests, new parser", SUITE, broken);
  await start("stuck script", "sleep 300", good, "--timeout", "1s");
  const screen = new Screen(home, ["top"], { columns: COLUMNS, rows: ROWS });
  await screen.shows(/timed_out[^]*unit tests/);
  await start("dev server", "python3 -m http.server 0 --bind 127.0.0.1", good);
  await start("memory", "vmstat --unit M 1", good);
  await start("repl", "python3 -q", good, "--pty");
  await start("transpile", transpile, ROOT);
  await start("pack", "npm pack --dry-run", good);
  await screen.shows(/[67]\d% +transpile/);
  writeFileSync(join(ROOT, "docs/top.svg"), svgOf(screen.coloured, COLUMNS, "backburner top"));
  console.log(screen.text);
  screen.end();
} finally {
  await removeHomes();
}
