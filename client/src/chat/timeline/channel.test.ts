import { beforeEach, describe, expect, it } from "vitest";
import type { Row } from "../model.ts";
import { row } from "../testing/row.ts";
import { Channel, MOST_CLOSED, MOST_OPEN, type Overlay } from "./channel.ts";

const bare: Overlay = { laid: (seen) => seen, pending: () => [] };
const rows = (from: number, to: number): Row[] => Array.from({ length: to - from + 1 }, (_, i) => row(from + i));

let channel: Channel;
beforeEach(() => {
  channel = new Channel("general");
});

/** The channel as it is once a page with these rows has come. */
function loaded(from: number, to: number): void {
  channel.placed({ name: "general", topic: "", rev: to, seq: to }, 0);
  channel.window.fill({ rows: rows(from, to), rev: to, more: from > 1 }, to);
  channel.paged([], false);
}

describe("how much is held", () => {
  it("of the open channel: the newest, when more come", () => {
    channel.setOpen(true);
    loaded(1, MOST_OPEN);
    for (const next of rows(MOST_OPEN + 1, MOST_OPEN + 10)) channel.event(next);
    const { timeline } = channel.state(bare);
    expect(timeline.rows.length).toBeLessThanOrEqual(MOST_OPEN);
    expect(timeline.rows.length).toBeGreaterThan(MOST_OPEN - 2_000);
    expect(timeline).toMatchObject({ older: true, live: true });
    expect(timeline.rows.at(-1)?.seq).toBe(MOST_OPEN + 10);
  });

  it("of the open channel: the oldest, when those are being loaded", () => {
    channel.setOpen(true);
    loaded(51, MOST_OPEN + 50);
    const page = rows(1, 50);
    channel.window.prepend({ rows: page, rev: MOST_OPEN + 50, more: false });
    channel.paged(page, true);
    const { timeline } = channel.state({ ...bare, pending: () => [row(0)] });
    expect(timeline.rows).toHaveLength(MOST_OPEN); // and nothing pending, which would not follow
    expect(timeline.rows[0]?.seq).toBe(1);
    expect(timeline).toMatchObject({ older: false, live: false });
  });

  it("of one that was left: little, and no more as it goes on", () => {
    channel.setOpen(true);
    loaded(1, 2_000);
    channel.setOpen(false);
    expect(channel.state(bare).timeline.rows).toHaveLength(MOST_CLOSED);
    for (const next of rows(2_001, 5_000)) channel.event(next);
    const { timeline } = channel.state(bare);
    expect(timeline.rows.length).toBeLessThanOrEqual(MOST_CLOSED);
    expect(timeline.rows.at(-1)?.seq).toBe(5_000);
  });

  it("of one that was never opened: nothing but its place", () => {
    channel.placed({ name: "general", topic: "", rev: 5, seq: 5 }, 0);
    for (const next of rows(6, 500)) channel.event(next);
    expect(channel.state(bare)).toMatchObject({ seq: 500, unread: 495, timeline: { rows: [], live: true } });
    expect(channel.window.recent.get(500)).toBeUndefined();
    expect(channel.window.recent.floor).toBe(500);
  });
});

describe("what is published", () => {
  it("stays as it was until it is published anew, and is the same array when rows are added or replaced", () => {
    loaded(1, 3);
    const first = channel.state(bare);
    channel.event(row(4));
    channel.event(row(2, 5, "edited"));
    expect(first.timeline.rows).toHaveLength(3);
    const second = channel.state(bare);
    expect(second.timeline.rows).toBe(first.timeline.rows);
    expect(second.timeline.rows.map(({ text }) => text)).toEqual(["text 1", "edited", "text 3", "text 4"]);
    expect(second.timeline.version).toBeGreaterThan(first.timeline.version);
  });

  it("is the same timeline when something else changed", () => {
    loaded(1, 3);
    const first = channel.state(bare);
    channel.draft = "hello";
    expect(channel.state(bare).timeline).toBe(first.timeline);
  });

  it("has pending rows after the others, also after those were added to", () => {
    loaded(1, 3);
    const pending = { ...row(0), text: "pending" };
    const overlay = { ...bare, pending: () => [pending] };
    expect(channel.state(overlay).timeline.rows.map(({ text }) => text)).toEqual(["text 1", "text 2", "text 3", "pending"]);
    channel.event(row(4));
    expect(channel.state(overlay).timeline.rows.map(({ text }) => text)).toEqual(["text 1", "text 2", "text 3", "text 4", "pending"]);
  });
});

describe("a long channel", () => {
  it("costs no more to follow than a short one", () => {
    const touched = (length: number): number => {
      channel = new Channel("general");
      channel.setOpen(true);
      loaded(1, length);
      channel.state(bare);
      let laid = 0;
      const counting: Overlay = { laid: (seen) => (laid++, seen), pending: () => [] };
      for (let i = 1; i <= 100; i++) {
        channel.event(row(length + i));
        channel.event(row(length - i, length + i, "edited"));
        channel.state(counting);
      }
      return laid;
    };
    expect(touched(50_000)).toBe(touched(500));
  });
});

describe("unread", () => {
  beforeEach(() => {
    channel.readSeq = 5;
    channel.placed({ name: "general", topic: "", rev: 5, seq: 5 }, 0);
  });
  const mine = (seq: number, rev = seq): Row => ({ ...row(seq, rev), mine: true });

  it("does not count one's own, from wherever they become known, nor twice", () => {
    channel.event(row(6));
    channel.event(mine(7));
    channel.event(mine(7, 8));
    channel.settle(mine(7));
    expect(channel.unread).toBe(1);
    channel.sync(10, [row(8, 9), mine(9, 10)]);
    expect(channel.unread).toBe(2);
  });

  it("is what is after the marker, which never passes the end nor goes back", () => {
    for (const next of rows(6, 9)) channel.event(next);
    expect(channel.read(7)).toBe(true);
    expect(channel.unread).toBe(2);
    expect(channel.read(6)).toBe(false);
    expect(channel.read(1_000)).toBe(true);
    expect(channel).toMatchObject({ readSeq: 9, unread: 0 });
  });

  it("goes down with a log that lost messages", () => {
    channel.placed({ name: "general", topic: "", rev: 2, seq: 2, reset: true }, 5);
    expect(channel).toMatchObject({ seq: 2, rev: 2, readSeq: 2, unread: 0 });
  });
});
