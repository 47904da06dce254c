// A view on the whole screen, kept up to date: drawn at each start and end of a task and once a second, as times go on by themselves.

import { constants } from "node:os";
import type { App } from "../../operations/app.ts";
import { events } from "../../operations/events.ts";
import { size as sizeOf } from "../terminal.ts";
import { Display } from "./display.ts";
import { keysOf } from "./keys.ts";
import type { Size } from "./screen.ts";

export interface View {
  /** The lines of a screen. */
  draw(size: Size): Promise<string[]>;
  press(key: string): Promise<void>;
}

/** What a view can ask for. */
export interface Live {
  /** Draws soon. */
  draw(): void;
  /** Draws every line anew, also those that did not change. */
  drawAnew(): void;
  leave(): void;
  /** Gives the terminal to somebody else until they are through. */
  lend(use: () => Promise<void>): Promise<void>;
}

const TICK_MS = 1_000;
/** Without a listener they would end us before the terminal is given back. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves when the view leaves, or a signal ends us, with what to leave with. Rejects when the terminal is gone. */
export async function live(app: App, viewOf: (live: Live) => View): Promise<number> {
  const display = new Display();
  const left = Promise.withResolvers<number>();
  const leave = () => left.resolve(0);
  const end = (signal: NodeJS.Signals) => left.resolve(128 + constants.signals[signal]);
  const leaving = new AbortController();
  let [drawing, again, lent] = [false, false, false];
  const drawNow = async () => {
    const [columns, rows] = sizeOf();
    const lines = await view.draw({ columns, rows });
    if (!lent) await display.show(lines);
  };
  /** One at a time: what is asked for meanwhile is drawn once, after it. */
  const draw = () => {
    if (lent) return;
    again = true;
    if (drawing) return;
    drawing = true;
    void (async () => {
      while (again) {
        again = false;
        await drawNow();
      }
    })()
      .catch(left.reject)
      .finally(() => (drawing = false));
  };
  const drawAnew = () => {
    display.forget();
    draw();
  };
  const lend = async (use: () => Promise<void>) => {
    lent = true;
    display.giveBack();
    process.stdin.pause();
    try {
      await use();
    } finally {
      process.stdin.resume();
      display.take();
      lent = false;
    }
  };
  const view = viewOf({ draw, drawAnew, leave, lend });
  const typed = async (text: string) => {
    for (const key of lent ? [] : keysOf(text)) await view.press(key);
    draw();
  };
  const onTyped = (bytes: Buffer) => void typed(bytes.toString()).catch(left.reject);
  const follow = async () => {
    for await (const _ of events(app, { follow: true, signal: leaving.signal })) draw();
  };
  display.take();
  const ticking = setInterval(draw, TICK_MS);
  process.stdin.on("data", onTyped);
  process.stdin.on("end", leave);
  for (const name of SIGNALS) process.on(name, end);
  process.stdout.on("resize", drawAnew);
  follow().catch(left.reject);
  try {
    draw();
    return await left.promise;
  } finally {
    for (const name of SIGNALS) process.off(name, end);
    clearInterval(ticking);
    leaving.abort();
    process.stdout.off("resize", drawAnew);
    process.stdin.off("data", onTyped);
    display.giveBack();
  }
}
