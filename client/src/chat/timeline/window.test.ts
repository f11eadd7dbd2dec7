import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { row } from "../testing/row.ts";
import { CLOSED_RECENT, Recent } from "./recent.ts";
import { type Page, Window } from "./window.ts";

const seqs = (window: Window) => window.rows.map(({ seq }) => seq);
const revs = (window: Window) => window.rows.map(({ rev }) => rev);
const page = (from: number, to: number, rest: Partial<Page> = {}): Page => ({
  rows: Array.from({ length: to - from + 1 }, (_, i) => row(from + i)),
  rev: 1_000,
  more: true,
  ...rest,
});

let window: Window;
beforeEach(() => {
  window = new Window();
});

describe("a window", () => {
  it("takes what follows its last row, and nothing that would leave a hole", () => {
    window.fill(page(10, 12), 12);
    window.apply(row(13));
    window.apply(row(15));
    expect(seqs(window)).toEqual([10, 11, 12, 13]);
    window.apply(row(14));
    expect(seqs(window)).toEqual([10, 11, 12, 13, 14, 15]);
    expect([window.start, window.end]).toEqual([10, 15]);
  });

  it("takes newer states only", () => {
    window.fill(page(10, 12), 12);
    window.apply(row(11, 50, "newer"));
    window.apply(row(11, 40, "older"));
    window.apply(row(9, 60, "not loaded"));
    expect(window.rows.map(({ text }) => text)).toEqual(["text 10", "newer", "text 12"]);
  });

  it("takes a catch-up, which comes in the order of the last change", () => {
    window.fill(page(1, 2), 2);
    for (const [seq, rev] of [[4, 11], [5, 12], [3, 13], [1, 14]] as const) window.apply(row(seq, rev));
    expect(revs(window)).toEqual([14, 2, 13, 11, 12]);
  });

  it("completes a first page by what came while it was on its way", () => {
    window.apply(row(13));
    window.apply(row(11, 50));
    window.fill(page(10, 12), 13);
    expect(seqs(window)).toEqual([10, 11, 12, 13]);
    expect(revs(window)).toEqual([10, 50, 12, 13]);
  });

  it("completes older and newer pages by changes to what was not loaded when they came", () => {
    window.fill(page(10, 12), 12);
    window.apply(row(8, 50));
    expect(window.prepend(page(7, 9))).toBe(true);
    expect(revs(window)).toEqual([7, 50, 9, 10, 11, 12]);
    window.keepOldest(4);
    window.apply(row(11, 60));
    window.apply(row(13, 61));
    expect(window.append(page(11, 12))).toBe(true);
    expect(seqs(window)).toEqual([7, 8, 9, 10, 11, 12, 13]);
    expect(revs(window).slice(-3)).toEqual([60, 12, 61]);
  });

  it("does not take a page that no longer meets it", () => {
    window.fill(page(10, 12), 12);
    expect(window.prepend(page(5, 8))).toBe(false);
    expect(window.append(page(14, 15))).toBe(false);
    expect(seqs(window)).toEqual([10, 11, 12]);
    expect(window.prepend(page(8, 10))).toBe(true);
    expect(window.append(page(12, 14))).toBe(true);
    expect(seqs(window)).toEqual([8, 9, 10, 11, 12, 13, 14]);
  });

  it("knows from an empty page that it is at an end", () => {
    window.fill(page(10, 12), 12);
    expect(window.prepend({ rows: [], rev: 1_000, more: false })).toBe(true);
    expect(window.older).toBe(false);
  });

  it("begins where an empty log begins", () => {
    window.apply(row(6));
    window.apply(row(7));
    window.fill({ rows: [], rev: 5, more: false }, 7);
    expect(seqs(window)).toEqual([6, 7]);
    window.apply(row(8));
    expect(seqs(window)).toEqual([6, 7, 8]);
  });

  it("tells what changed, row by row, until everything did", () => {
    window.fill(page(10, 12), 12);
    expect(window.changes()).toEqual({ kind: "all" });
    window.apply(row(11, 50));
    window.apply(row(13));
    expect(window.changes()).toEqual({ kind: "some", seqs: new Set([11]) });
    window.keepNewest(2);
    expect(window.changes()).toEqual({ kind: "all" });
    expect(seqs(window)).toEqual([12, 13]);
    expect(window.older).toBe(true);
    expect(window.changes()).toEqual({ kind: "some", seqs: new Set() });
  });

  it("is the newest state of every message in its range, however states and pages come", () => {
    // A log of 12 messages, each of which may be changed later; its entries are told once or more, in any order.
    const changes = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 20 });
    fc.assert(
      fc.property(changes, fc.array(fc.nat({ max: 31 }), { maxLength: 60 }), fc.nat({ max: 20 }), fc.nat({ max: 11 }), (changed, told, lag, from) => {
        const entries = [...Array.from({ length: 12 }, (_, i) => row(i + 1)), ...changed.map((seq, i) => row(seq, 13 + i))];
        const readAt = entries.length - Math.min(lag, changed.length);
        const state = (seq: number, at: number) => entries.slice(0, at).findLast((entry) => entry.seq === seq)!;
        const whole = (at: number) => Array.from({ length: 12 }, (_, i) => state(i + 1, at));
        const fresh = new Window();
        const half = told.length / 2;
        const tell = (places: number[]) => { for (const place of places) { const entry = entries[place]; if (entry) fresh.apply(entry); } };
        tell(told.slice(0, half));
        fresh.fill({ rows: whole(readAt).slice(from), rev: readAt, more: from > 0 }, 12);
        tell(told.slice(half));
        fresh.prepend({ rows: whole(readAt).slice(0, from), rev: readAt, more: false });
        tell(entries.map((_, i) => i).slice(readAt)); // what the pages do not hold
        expect(fresh.rows).toEqual(whole(entries.length));
      }),
      { numRuns: 500 },
    );
  });
});

describe("recent states", () => {
  it("keep the newest of each message", () => {
    const recent = new Recent();
    recent.put(row(1, 5));
    recent.put(row(1, 3));
    expect(recent.get(1)?.rev).toBe(5);
    expect(recent.newest(row(1, 4)).rev).toBe(5);
    expect(recent.newest(row(1, 6)).rev).toBe(6);
  });

  it("are bounded, and say from which rev on they are whole", () => {
    const recent = new Recent();
    recent.forget(7);
    expect(recent.floor).toBe(7);
    for (let i = 1; i <= CLOSED_RECENT + 3; i++) recent.put(row(i, 100 + i));
    expect(recent.get(3)).toBeUndefined();
    expect(recent.get(4)?.rev).toBe(104);
    expect(recent.floor).toBe(103);
    recent.keep(2);
    expect(recent.floor).toBe(100 + CLOSED_RECENT + 1);
  });
});
