import { beforeEach, describe, expect, it } from "vitest";
import { disconnected } from "../../connection/requests.ts";
import { FakeClock } from "../../connection/testing/fakeClock.ts";
import type { Message } from "../../protocol/frames.ts";
import { Rows } from "../rows.ts";
import { Channel } from "./channel.ts";
import { Loader, type LoaderHost } from "./loader.ts";

type Asked = Parameters<LoaderHost["ask"]>[0];
type Answered = Parameters<Parameters<LoaderHost["ask"]>[1]>[0];

let clock: FakeClock;
let channel: Channel;
let loader: Loader;
let asked: { ask: Asked; answer: (answer: Answered) => void }[];

const message = (seq: number): Message => ({ type: "message", id: `bob.${seq}`, channel: "general", seq, rev: seq, user: "bob", text: `text ${seq}`, at: seq });
const history = (from: number, to: number, more = true): Answered => ({
  ok: true,
  reply: { type: "history", id: "1", channel: "general", rev: 1_000, more, messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)) },
});
const seqs = () => channel.window.rows.map(({ seq }) => seq);

beforeEach(() => {
  clock = new FakeClock();
  channel = new Channel("general");
  channel.setOpen(true);
  asked = [];
  loader = new Loader(channel, {
    clock,
    ask: (ask, answer) => asked.push({ ask, answer }),
    rows: () => new Rows("anna"),
    loaded: () => undefined,
    changed: () => undefined,
  });
  channel.placed({ name: "general", topic: "", rev: 30, seq: 30 }, 0);
  loader.first();
  asked[0]!.answer(history(21, 30));
});

describe("the loader", () => {
  it("asks for the newest page, then for what is before it", () => {
    loader.older();
    expect(asked.map(({ ask }) => ask)).toEqual([
      { type: "history", channel: "general", limit: 100 },
      { type: "history", channel: "general", before: 21, limit: 100 },
    ]);
    asked[1]!.answer(history(11, 20, false));
    expect(seqs()).toEqual(Array.from({ length: 20 }, (_, i) => 11 + i));
    loader.older();
    expect(asked).toHaveLength(2); // there is nothing before
  });

  it("has one page under way at a time", () => {
    loader.older();
    loader.older();
    loader.newer();
    loader.first();
    expect(asked).toHaveLength(2);
    expect(channel.load).toBe("older");
  });

  it("does not take the answer to what it no longer asks", () => {
    loader.older();
    loader.anew();
    asked[1]!.answer(history(11, 20));
    expect(channel.window.loaded).toBe(false);
    asked[2]!.answer(history(21, 30));
    expect(seqs()[0]).toBe(21);
    loader.older();
    loader.stop();
    asked[3]!.answer(history(11, 20));
    expect(seqs()[0]).toBe(21);
    expect(channel.load).toBe("idle");
  });

  it("asks again from where the window is when it moved meanwhile", () => {
    loader.older();
    channel.window.keepNewest(5);
    asked[1]!.answer(history(11, 20));
    expect(seqs()).toEqual([26, 27, 28, 29, 30]);
    clock.advance(0);
    expect(asked[2]!.ask).toMatchObject({ before: 26 });
    asked[2]!.answer(history(11, 25));
    expect(seqs()).toHaveLength(20);
  });

  it("loads newer pages where the newest are not loaded, until there are none", () => {
    channel.window.keepOldest(4);
    expect(channel.live).toBe(false);
    loader.newer();
    expect(asked[1]!.ask).toEqual({ type: "history", channel: "general", after: 24, limit: 100 });
    asked[1]!.answer(history(25, 30, false));
    expect(channel.live).toBe(true);
    loader.newer();
    expect(asked).toHaveLength(2);
  });

  it("waits for a connection, and then goes on", () => {
    loader.older();
    asked[1]!.answer({ ok: false, error: disconnected });
    expect(channel.load).toBe("older");
    loader.resume();
    loader.resume();
    expect(asked).toHaveLength(3);
    asked[2]!.answer(history(11, 20));
    expect(seqs()[0]).toBe(11);
  });

  it("gives up after some refusals, and can be asked again", () => {
    loader.older();
    for (let i = 1; i <= 5; i++) {
      asked[i]!.answer({ ok: false, error: { code: "unavailable", message: "", retry: true, retryMs: 1_000 } });
      clock.advance(1_000 * i);
    }
    expect(asked).toHaveLength(6);
    expect(channel.load).toBe("failed");
    loader.older();
    asked[6]!.answer(history(11, 20));
    expect(channel.load).toBe("idle");
  });

  it("gives up at once on what will not change", () => {
    loader.older();
    asked[1]!.answer({ ok: false, error: { code: "unknown_channel", message: "", retry: false } });
    expect(channel.load).toBe("failed");
    expect(clock.waiting).toBe(0);
  });
});
