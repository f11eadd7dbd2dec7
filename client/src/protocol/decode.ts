import { Fields, Malformed } from "./fields.ts";
import type { ChannelTopic, ErrorFrame, Message, Place, ServerFrame, Welcome } from "./frames.ts";

/** What became of a frame: `unknown` is of a type that this client does not know and should ignore. */
type Decoded =
  | { kind: "frame"; frame: ServerFrame }
  | { kind: "unknown"; type: string }
  | { kind: "malformed"; reason: string };

/** Reads one frame of the server. Fields that are not known are left out; a field of a wrong type makes it malformed. */
export function decode(text: string): Decoded {
  try {
    const fields = new Fields(parse(text), "frame");
    const type = fields.string("type");
    const read = Object.hasOwn(readers, type) ? readers[type as keyof typeof readers] : undefined;
    return read ? { kind: "frame", frame: read(fields.as(type)) } : { kind: "unknown", type };
  } catch (error) {
    if (error instanceof Malformed) return { kind: "malformed", reason: error.message };
    throw error;
  }
}

/** Reads a JSON array of messages, as `GET /messages` gives it. Throws `Malformed`. */
export function decodeMessages(value: unknown): Message[] {
  return new Fields({ messages: value }, "answer").each("messages", message);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed("frame is not JSON");
  }
}

const readers: { readonly [T in ServerFrame["type"]]: (f: Fields) => Extract<ServerFrame, { type: T }> } = {
  message: readMessage,
  sync: (f) => ({ type: "sync", channel: f.string("channel"), rev: f.whole("rev"), messages: f.each("messages", message) }),
  welcome: readWelcome,
  ack: (f) => ({
    type: "ack",
    id: f.string("id"),
    channel: f.string("channel"),
    message: f.string("message"),
    seq: f.whole("seq"),
    rev: f.whole("rev"),
    at: f.time("at"),
  }),
  history: (f) => ({
    type: "history",
    id: f.string("id"),
    channel: f.string("channel"),
    rev: f.whole("rev"),
    messages: f.each("messages", message),
    more: f.flag("more"),
  }),
  channels: (f) => ({ type: "channels", id: f.string("id"), channels: f.each("channels", topic), more: f.flag("more") }),
  joined: (f) => ({ type: "joined", id: f.string("id"), channel: place(f.object("channel")) }),
  left: (f) => ({ type: "left", id: f.string("id"), channel: f.string("channel") }),
  pong: (f) => ({ type: "pong", id: f.string("id") }),
  error: readError,
};

function readMessage(f: Fields): Message {
  const read: Message = {
    type: "message",
    id: f.string("id"),
    channel: f.string("channel"),
    seq: f.whole("seq"),
    rev: f.whole("rev"),
    user: f.string("user"),
    text: f.string("text"),
    at: f.time("at"),
  };
  if (f.has("edited")) read.edited = f.time("edited");
  if (f.flag("deleted")) read.deleted = true;
  return read;
}

function message(value: unknown): Message {
  return readMessage(new Fields(value, "message"));
}

function readWelcome(f: Fields): Welcome {
  const limits = f.object("limits");
  return {
    type: "welcome",
    id: f.string("id"),
    user: f.string("user"),
    sender: f.string("sender"),
    session: f.string("session"),
    channels: f.each("channels", (c) => place(new Fields(c, "channel"))),
    missing: f.has("missing") ? f.each("missing", name) : [],
    limits: {
      text: limits.whole("text"),
      frame: limits.whole("frame"),
      channels: limits.whole("channels"),
      rate: limits.number("rate"),
    },
  };
}

function place(f: Fields): Place {
  const read: Place = { name: f.string("name"), topic: f.string("topic"), rev: f.whole("rev"), seq: f.whole("seq") };
  if (f.flag("reset")) read.reset = true;
  return read;
}

function topic(value: unknown): ChannelTopic {
  const f = new Fields(value, "channel");
  return { name: f.string("name"), topic: f.string("topic") };
}

function name(value: unknown): string {
  if (typeof value !== "string") throw new Malformed("a name is not a string");
  return value;
}

function readError(f: Fields): ErrorFrame {
  const read: ErrorFrame = { type: "error", code: f.string("code"), message: f.string("message"), retry: f.flag("retry") };
  if (f.has("id")) read.id = f.string("id");
  if (f.has("field")) read.field = f.string("field");
  if (f.has("limit")) read.limit = f.whole("limit");
  if (f.has("retry_ms")) read.retryMs = f.whole("retry_ms");
  return read;
}
