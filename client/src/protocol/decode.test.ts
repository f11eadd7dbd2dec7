import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, decodeMessages } from "./decode.ts";
import { encode } from "./encode.ts";

describe("decode", () => {
  it.each(["", "{", "[]", "null", "7", '"message"', "{}", '{"type":7}'])("finds %j malformed", (text) => {
    expect(decode(text)).toMatchObject({ kind: "malformed" });
  });

  it.each(["typing", "toString", "__proto__", "constructor"])("leaves an event of the unknown type %j to be ignored", (type) => {
    expect(decode(JSON.stringify({ type }))).toEqual({ kind: "unknown", type });
  });

  it.each([
    [-1, "negative"],
    [1.5, "broken"],
    [2 ** 53, "inexact"],
  ])("refuses the rev %d, which is %s", (rev) => {
    expect(decode(JSON.stringify({ type: "sync", channel: "general", rev, messages: [] }))).toEqual({
      kind: "malformed",
      reason: "sync.rev is not a whole number",
    });
  });

  it("refuses what is broken deep inside", () => {
    const sync = { type: "sync", channel: "general", rev: 1, messages: [{ type: "message", id: "a.b" }] };
    expect(decode(JSON.stringify(sync))).toEqual({ kind: "malformed", reason: "message.channel is not a string" });
  });

  it.each([0, 0.5, 10])("takes a rate of %d messages a second", (rate) => {
    const limits = { text: 4000, frame: 65536, channels: 200, rate };
    const welcome = { type: "welcome", id: "1", user: "anna", sender: "s", session: "t", channels: [], limits };
    expect(decode(JSON.stringify(welcome))).toMatchObject({ kind: "frame", frame: { limits } });
    expect(decode(JSON.stringify({ ...welcome, limits: { ...limits, rate: -1 } }))).toMatchObject({ kind: "malformed" });
  });

  it("never throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(["frame", "unknown", "malformed"]).toContain(decode(text).kind);
      }),
    );
  });

  it("reads a list of messages", () => {
    const message = { type: "message", id: "a.b", channel: "general", seq: 1, rev: 1, user: "a", text: "t", at: "2026-11-24T09:02:11Z" };
    expect(decodeMessages([message])).toEqual([{ ...message, at: Date.UTC(2026, 10, 24, 9, 2, 11) }]);
    expect(() => decodeMessages({})).toThrow("answer.messages is not an array");
  });
});

describe("encode", () => {
  it("leaves out what is undefined and replaces what UTF-8 cannot carry", () => {
    expect(encode("1", { type: "send", channel: "general", nonce: "n", text: "a\ud800b" })).toBe(
      '{"type":"send","id":"1","channel":"general","nonce":"n","text":"a\ufffdb"}',
    );
    expect(encode("1", { type: "history", channel: "general" })).toBe('{"type":"history","id":"1","channel":"general"}');
  });
});
