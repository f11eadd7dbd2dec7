import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import type { Ask, Message, ServerFrame } from "./frames.ts";

// The golden frames that the server's tests read too. Each has to be here, as what this client sends or reads.
const folder = fileURLToPath(new URL("../../../chatserver/protocol/testdata/frames/", import.meta.url));
const golden = (name: string) => readFileSync(`${folder}${name}.json`, "utf8").trim();

const at = Date.UTC(2026, 10, 24, 9, 2, 11, 42);
const sender = "wcS8pRFJkmfve-iZ";
const id = `${sender}.q3Zl0b5mS0u0Xw2b8lq9Aw`;
const earlier: Message = { type: "message", id: `${sender}.v1R8yG2tQ5q0bN4mZ7x6Lw`, channel: "general", seq: 98, rev: 124, user: "anna", text: "Good morning", at };
const message: Message = { type: "message", id, channel: "general", seq: 99, rev: 125, user: "anna", text: "Good morning", at };
const general = { name: "general", topic: "Everything that has no channel of its own" };

const requests: Record<string, [id: string, ask: Ask]> = {
  hello: ["1", { type: "hello", user: "anna", session: "b4x1", channels: { general: 120, dev: 0 } }],
  send: ["2", { type: "send", channel: "general", nonce: "q3Zl0b5mS0u0Xw2b8lq9Aw", text: "Good morning" }],
  edit: ["3", { type: "edit", channel: "general", nonce: "Jw0vTq2kQ1qf7m3rX8c1Zg", message: id, text: "Good morning, all" }],
  delete: ["4", { type: "delete", channel: "general", nonce: "c0Xq6mJ4Q2Kk1uVd5w9b3A", message: id }],
  "history-request": ["5", { type: "history", channel: "general", before: 99, limit: 50 }],
  "channels-request": ["6", { type: "channels", after: "dev", limit: 100 }],
  create: ["7", { type: "create", channel: "releases", topic: "What ships when" }],
  join: ["8", { type: "join", channel: "releases", rev: 12 }],
  leave: ["9", { type: "leave", channel: "releases" }],
  ping: ["10", { type: "ping" }],
};

const answers: Record<string, ServerFrame> = {
  welcome: {
    type: "welcome",
    id: "1",
    user: "anna",
    sender,
    session: "b4x1",
    channels: [{ ...general, rev: 124, seq: 98 }],
    missing: ["dev"],
    limits: { text: 4000, frame: 65536, channels: 200, rate: 10 },
  },
  ack: { type: "ack", id: "2", channel: "general", message: id, seq: 99, rev: 125, at },
  "history-reply": { type: "history", id: "5", channel: "general", rev: 125, messages: [earlier], more: true },
  "channels-reply": { type: "channels", id: "6", channels: [general], more: false },
  joined: { type: "joined", id: "7", channel: { name: "releases", topic: "What ships when", rev: 0, seq: 0 } },
  left: { type: "left", id: "9", channel: "releases" },
  pong: { type: "pong", id: "10" },
  "message-posted": message,
  "message-edited": { ...message, rev: 126, text: "Good morning, all", edited: Date.UTC(2026, 10, 24, 9, 3) },
  "message-deleted": { ...message, rev: 127, text: "", deleted: true },
  sync: { type: "sync", channel: "general", rev: 124, messages: [{ ...earlier, rev: 123 }] },
  "error-text-too-long": { type: "error", id: "2", code: "text_too_long", message: "Too long: 5,212 of 4,000 characters.", field: "text", limit: 4000, retry: false },
  "error-too-fast": {
    type: "error",
    id: "2",
    code: "too_fast",
    message: "Too many messages at once: at most 10 a second. Try again in 0.4 s.",
    field: "rate",
    limit: 10,
    retry: true,
    retryMs: 400,
  },
};

describe("golden frames", () => {
  it("are all covered", () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
    expect(files.sort()).toEqual([...Object.keys(requests), ...Object.keys(answers)].sort());
  });

  it.each(Object.entries(requests))("%s is what is sent", (name, [requestId, ask]) => {
    expect(JSON.parse(encode(requestId, ask))).toEqual(JSON.parse(golden(name)));
  });

  it.each(Object.entries(answers))("%s is read", (name, frame) => {
    expect(decode(golden(name))).toEqual({ kind: "frame", frame });
  });

  it.each(Object.keys(answers))("%s with any one field of another type is malformed", (name) => {
    const whole = JSON.parse(golden(name)) as Record<string, unknown>;
    for (const field of Object.keys(whole)) {
      const broken = JSON.stringify({ ...whole, [field]: field === "retry" || field === "more" || field === "deleted" ? 1 : true });
      expect(decode(broken), broken).toMatchObject({ kind: "malformed" });
    }
  });

  it.each(Object.keys(answers))("%s with a field that is not known is read the same", (name) => {
    const whole = JSON.parse(golden(name)) as Record<string, unknown>;
    expect(decode(JSON.stringify({ ...whole, colour: "green" }))).toEqual(decode(golden(name)));
  });
});
