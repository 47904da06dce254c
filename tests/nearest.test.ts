// What is guessed of a mistyped word, against the textbook's definition of what is near.

import { expect, test } from "bun:test";
import { nearest } from "../src/nearest.ts";
import { Random } from "./helpers/random.ts";

/** Optimal string alignment distance, straight from its definition. */
function distance(one: string, other: string): number {
  if (one === "" || other === "") return one.length + other.length;
  const [a, b] = [one.slice(0, -1), other.slice(0, -1)];
  const swapped = one.length > 1 && other.length > 1 && one.at(-1) === other.at(-2) && one.at(-2) === other.at(-1);
  return Math.min(
    distance(a, other) + 1,
    distance(one, b) + 1,
    distance(a, b) + (one.at(-1) === other.at(-1) ? 0 : 1),
    swapped ? distance(one.slice(0, -2), other.slice(0, -2)) + 1 : Number.POSITIVE_INFINITY,
  );
}

test("the first of the nearest words is guessed, and none that is too far", () => {
  const random = new Random("nearest");
  let guessed = 0;
  for (let round = 0; round < 2_000; round += 1) {
    const word = () => Array.from({ length: random.below(7) }, () => random.pick(["a", "b", "c"])).join("");
    const given = word();
    const candidates = Array.from({ length: 5 }, word);
    const near = candidates
      .map((candidate) => ({ candidate, slips: distance(given, candidate) }))
      .filter(({ candidate, slips }) => slips <= Math.min(3, Math.floor(Math.max(given.length, candidate.length) / 3)));
    const least = Math.min(...near.map(({ slips }) => slips));
    const wanted = near.find(({ slips }) => slips === least)?.candidate;
    expect([given, candidates, nearest(given, candidates)]).toEqual([given, candidates, wanted]);
    if (wanted !== undefined) guessed += 1;
  }
  expect(guessed).toBeGreaterThan(500);
});
