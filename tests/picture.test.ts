// The README's picture, and the converter that made it from a real screen.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { readText } from "./helpers/home.ts";
import { ROOT } from "./helpers/release.ts";
import { svgOf } from "./picture/svg.ts";

test("the picture is small, of top, and stands in the README", () => {
  const picture = readText(join(ROOT, "docs/top.svg"));
  expect(picture.length).toBeLessThan(40_000);
  for (const shown of ["working", "queued", "failed 1", "LAST LINE"]) expect(picture).toContain(`>${shown}</text>`);
  expect(readText(join(ROOT, "README.md")).includes("](docs/top.svg)")).toBe(true);
});

test("colours, bold, reversed and wide text, progress bars and what XML wants escaped come out as they are", () => {
  const picture = svgOf(
    "\u001b[1mhead\u001b[0m \u001b[31m安宁  a<b&c\u001b[39m ██░░\n\u001b[7mchosen\u001b[27m",
    40,
    'a "title"',
  );
  const texts = [...picture.matchAll(/<text x="([\d.]+)" y="(\d+)"[^>]* fill="([^"]+)"([^>]*)>([^<]+)</g)].slice(1);
  expect(texts.map(([, x, y, fill, more, text]) => [x, y, fill, more, text])).toEqual([
    ["14", "44", "#e6edf3", ' font-weight="bold"', "head"],
    ["56", "44", "#ff7b72", "", "安宁"],
    ["106.4", "44", "#ff7b72", "", "a&lt;b&amp;c"],
    ["14", "63", "#0d1117", "", "chosen"],
  ]);
  const [full, empty, chosen] = [
    ...picture.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"[^>]*fill="([^"]+)"/g),
  ];
  expect([full?.[1], full?.[2], empty?.[1], empty?.[2]]).toEqual(["156.8", "16.8", "173.6", "16.8"]);
  expect(chosen?.[3]).toBe("#e6edf3");
  expect(picture).toContain('aria-label="a &quot;title&quot;"');
});
