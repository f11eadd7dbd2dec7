/**
 * The frames of `parley.v1`, as docs/protocol.md describes them. Times are milliseconds since 1970 here and RFC 3339 on
 * the wire; everything else is as it is there.
 */

/** The WebSocket subprotocol. */
export const SUBPROTOCOL = "parley.v1";

/** The channel that exists always. */
export const GENERAL = "general";

/** What a client asks, without the `id` that the connection gives it. */
export type Ask =
  | { type: "hello"; user: string; session: string; channels: Readonly<Record<string, number>> }
  | { type: "send"; channel: string; nonce: string; text: string }
  | { type: "edit"; channel: string; nonce: string; message: string; text: string }
  | { type: "delete"; channel: string; nonce: string; message: string }
  | { type: "history"; channel: string; before?: number; after?: number; limit?: number }
  | { type: "channels"; after?: string; limit?: number }
  | { type: "create"; channel: string; topic: string }
  | { type: "join"; channel: string; rev: number }
  | { type: "leave"; channel: string }
  | { type: "ping" };

export type Hello = Extract<Ask, { type: "hello" }>;

/** Where a channel's log stands; `reset` says that the rev the client named cannot be caught up from. */
export interface Place {
  name: string;
  topic: string;
  rev: number;
  seq: number;
  reset?: boolean;
}

export interface ChannelTopic {
  name: string;
  topic: string;
}

/** The server's limits; `rate` is in messages a second, 0 for none. */
interface Limits {
  text: number;
  frame: number;
  channels: number;
  rate: number;
}

/** The whole current state of one message. */
export interface Message {
  type: "message";
  id: string;
  channel: string;
  seq: number;
  rev: number;
  user: string;
  text: string;
  at: number;
  edited?: number;
  deleted?: boolean;
}

/** Part of catching up: after it the client stands at `rev`. */
interface Sync {
  type: "sync";
  channel: string;
  rev: number;
  messages: Message[];
}

export interface Welcome {
  type: "welcome";
  id: string;
  user: string;
  sender: string;
  session: string;
  channels: Place[];
  missing: string[];
  limits: Limits;
}

export interface Ack {
  type: "ack";
  id: string;
  channel: string;
  message: string;
  seq: number;
  rev: number;
  at: number;
}

export interface History {
  type: "history";
  id: string;
  channel: string;
  rev: number;
  messages: Message[];
  more: boolean;
}

export interface Channels {
  type: "channels";
  id: string;
  channels: ChannelTopic[];
  more: boolean;
}

export interface Joined {
  type: "joined";
  id: string;
  channel: Place;
}

interface Left {
  type: "left";
  id: string;
  channel: string;
}

interface Pong {
  type: "pong";
  id: string;
}

/** A refusal; without `id` it answers a frame whose id could not be read. `retryMs` is in milliseconds. */
export interface ErrorFrame {
  type: "error";
  id?: string;
  code: string;
  message: string;
  field?: string;
  limit?: number;
  retry: boolean;
  retryMs?: number;
}

export type Reply = Welcome | Ack | History | Channels | Joined | Left | Pong;
export type Event = Message | Sync;
export type ServerFrame = Reply | Event | ErrorFrame;

interface Replies {
  hello: Welcome;
  send: Ack;
  edit: Ack;
  delete: Ack;
  history: History;
  channels: Channels;
  create: Joined;
  join: Joined;
  leave: Left;
  ping: Pong;
}

/** The reply that an `Ask` gets when it is not refused. */
export type ReplyTo<A extends Ask> = Replies[A["type"]];

/** The `type` of the reply to each request. */
export const replyType: { readonly [T in Ask["type"]]: Replies[T]["type"] } = {
  hello: "welcome",
  send: "ack",
  edit: "ack",
  delete: "ack",
  history: "history",
  channels: "channels",
  create: "joined",
  join: "joined",
  leave: "left",
  ping: "pong",
};
