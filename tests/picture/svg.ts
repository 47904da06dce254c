// A terminal's screen with its colours → SVG. Knows the escape sequences that tmux gives back (SGR alone), and nothing of what is on it.

const [CELL_WIDTH, LINE_HEIGHT, FONT_SIZE, MARGIN, BAR] = [8.4, 19, 14, 14, 30];
const [BACKGROUND, FOREGROUND, FRAME] = ["#0d1117", "#e6edf3", "#30363d"];
/** Black, red, green, yellow, blue, magenta, cyan, white; then the bright ones. */
const COLOURS =
  "#484f58 #ff7b72 #3fb950 #d29922 #58a6ff #bc8cff #39c5cf #b1bac4 #6e7681 #ffa198 #56d364 #e3b341 #79c0ff #d2a8ff #56d4dd #f0f6fc".split(
    " ",
  );
/** A sequence that sets colours; its codes are the group. */
const SGR = new RegExp(`${String.fromCodePoint(27)}\\[([\\d;:]*)m`);

interface Style {
  colour?: string;
  background?: string;
  bold?: boolean;
  dim?: boolean;
  underline?: boolean;
  reverse?: boolean;
}

interface Run {
  text: string;
  column: number;
  style: Style;
}

/** `screen` is lines with escape sequences; `columns` is how wide the terminal is. */
export function svgOf(screen: string, columns: number, title: string): string {
  let style: Style = {};
  const lines = screen.split("\n").map((line) => {
    const [runs, after] = runsOf(line, style);
    style = after;
    return runs;
  });
  const width = columns * CELL_WIDTH + 2 * MARGIN;
  const height = lines.length * LINE_HEIGHT + BAR + MARGIN;
  const drawn = lines.flatMap((runs, row) => runs.map((run) => draw(run, BAR + row * LINE_HEIGHT)));
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map(
    (fill, at) => `<circle cx="${20 + at * 18}" cy="15" r="5.5" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${figure(width)} ${figure(height)}" role="img" aria-label="${escaped(title)}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}">`,
    `<rect x=".5" y=".5" width="${figure(width - 1)}" height="${figure(height - 1)}" rx="8" fill="${BACKGROUND}" stroke="${FRAME}"/>`,
    ...dots,
    `<text x="${figure(width / 2)}" y="20" text-anchor="middle" fill="#8b949e">${escaped(title)}</text>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

/** Pieces of one style, and the style that goes on. */
function runsOf(line: string, before: Style): [Run[], Style] {
  const runs: Run[] = [];
  let [style, column] = [before, 0];
  // Text and codes take turns.
  for (const [at, piece] of line.split(SGR).entries()) {
    if (at % 2 === 1) style = styled(style, piece.split(/[;:]/).map(Number));
    else if (piece !== "") {
      runs.push({ text: piece, column, style });
      column += Bun.stringWidth(piece);
    }
  }
  return [runs, style];
}

function styled(before: Style, codes: number[]): Style {
  let style = { ...before };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) style = {};
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 4) style.underline = true;
    else if (code === 7) style.reverse = true;
    else if (code === 22) style = { ...style, bold: false, dim: false };
    else if (code === 24) style.underline = false;
    else if (code === 27) style.reverse = false;
    else if (code === 39) delete style.colour;
    else if (code === 49) delete style.background;
    else if (code === 38 || code === 48) {
      const [kind, first = 0, second = 0, third = 0] = codes.slice(at + 1);
      const colour = kind === 5 ? (COLOURS[first] ?? FOREGROUND) : `rgb(${first},${second},${third})`;
      style[code === 38 ? "colour" : "background"] = colour;
      at += kind === 5 ? 2 : 4;
    } else {
      const [base, bright] = code >= 90 ? [90, 8] : [30, 0];
      const colour = COLOURS[((code - base) % 10) + bright];
      if (code - base < 10) style.colour = colour ?? FOREGROUND;
      else style.background = colour ?? BACKGROUND;
    }
  }
  return style;
}

function draw({ text, column, style }: Run, top: number): string {
  const [colour, background] = [style.colour ?? FOREGROUND, style.background];
  const [fill, behind] = style.reverse ? [background ?? BACKGROUND, colour] : [colour, background];
  const x = (cells: number) => figure(MARGIN + cells * CELL_WIDTH);
  const width = (piece: string) => figure(Bun.stringWidth(piece) * CELL_WIDTH);
  const shapes: string[] = [];
  if (behind !== undefined)
    shapes.push(`<rect x="${x(column)}" y="${top}" width="${width(text)}" height="${LINE_HEIGHT}" fill="${behind}"/>`);
  // Fonts leave gaps between blocks: they are drawn.
  for (const { 0: piece, index } of text.matchAll(/█+|░+|[^█░]+/g)) {
    const at = column + Bun.stringWidth(text.slice(0, index));
    if (/^[█░]/.test(piece)) {
      const opacity = piece.startsWith("░") ? ` opacity=".25"` : "";
      shapes.push(
        `<rect x="${x(at)}" y="${top + 4}" width="${width(piece)}" height="${LINE_HEIGHT - 8}" fill="${fill}"${opacity}/>`,
      );
    } else {
      // Several spaces part words whose places have to hold whatever the font is.
      for (const { 0: word, index: from } of piece.matchAll(/\S+(?: \S+)*/g)) {
        const place = at + Bun.stringWidth(piece.slice(0, from));
        const attributes = `${style.bold ? ' font-weight="bold"' : ""}${style.dim ? ' opacity=".6"' : ""}${style.underline ? ' text-decoration="underline"' : ""}`;
        shapes.push(
          `<text x="${x(place)}" y="${top + 14}" textLength="${width(word)}" fill="${fill}"${attributes}>${escaped(word)}</text>`,
        );
      }
    }
  }
  return shapes.join("\n");
}

function figure(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
