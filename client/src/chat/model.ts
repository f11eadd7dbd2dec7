/**
 * What the features may see of the chat and ask of it. `chat` keeps this; `features` read it through selectors
 * (`useStore(chat.store, selector)`) and never write to it. Nothing here knows React.
 * The one implementation is `createChat(browserDeps())` from `./create.ts` and `./browser.ts`.
 */
import type { StoreApi } from "zustand/vanilla";

/** How the connection stands. `since` and `retryAt` are milliseconds of `Date.now()`. */
export type Link =
  | { state: "idle" } // nobody has entered yet
  | { state: "connecting"; since: number; attempt: number }
  | { state: "online" }
  | { state: "waiting"; since: number; retryAt: number; attempt: number; offline: boolean }
  | { state: "ended"; code: string; message: string }; // terminal: replaced, refused; enter() again to leave it

/** Where an own message stands on its way to the log. Absent once the server has it. */
export type Sending =
  | { state: "waiting"; since: number } // in the outbox, not acknowledged yet
  | { state: "failed"; code: string; message: string; retry: boolean };

export interface Row {
  /** `sender.nonce`: known before the server answers, so a row keeps its identity (and its React key). */
  id: string;
  /** Place among the channel's messages; 0 while pending. */
  seq: number;
  rev: number;
  user: string;
  text: string;
  at: number; // milliseconds
  editedAt?: number;
  deleted?: boolean;
  mine: boolean;
  /** For a message not yet in the log, or an edit or deletion of mine that is not acknowledged yet. */
  sending?: Sending;
  /** What is on its way when `sending` is set: the text of an own edit shown optimistically, and so on. */
  change?: "send" | "edit" | "delete";
}

/** The loaded part of a channel: a contiguous range of seqs, then pending rows (only when `live`). */
export interface Timeline {
  rows: readonly Row[];
  /** Rises with every change to `rows`; `rows` itself may be the same array. */
  version: number;
  /** There are older messages that are not loaded. */
  older: boolean;
  /** The range ends at the newest message; when false, newer ones exist that are not loaded. */
  live: boolean;
  load: "idle" | "first" | "older" | "newer" | "failed";
}

export interface ChannelState {
  name: string;
  topic: string;
  /** The newest message's seq, loaded or not. */
  seq: number;
  /** Everything up to here has been read, on any tab of this browser. */
  readSeq: number;
  /** Messages of others after readSeq (seq - readSeq less own ones known; never negative). */
  unread: number;
  /** Where the New divider stands while the channel is open: before the first message with seq > divider. */
  divider: number | null;
  muted: boolean;
  draft: string;
  timeline: Timeline;
}

export interface ChannelInfo {
  name: string;
  topic: string;
}

export interface ChatState {
  me: { user: string; sender: string } | null; // null before the first welcome
  link: Link;
  limits: { text: number; rate: number; channels: number };
  /** Joined channels in the order of the sidebar: general first, then by name. */
  order: readonly string[];
  channels: Readonly<Record<string, ChannelState>>;
  open: string;
  /** The browser could not keep the outbox or the drafts (storage full or refused): say so once. */
  storageFailed: boolean;
}

/** A refused request, with the server's sentence. */
export interface Refusal {
  code: string;
  message: string;
  field?: string;
  retryMs?: number;
}
export type Outcome = { ok: true } | { ok: false; error: Refusal };

export interface Chat {
  store: StoreApi<ChatState>;

  /** Begin as `user` (or go on as the one kept from before). Resolves on welcome or on a refusal of the name. */
  enter(user: string): Promise<Outcome>;
  /**
   * The name to go on with, or null: `here` when this tab was in the chat before a reload (call enter(user) without asking),
   * otherwise the name last used in this browser, as a suggestion.
   */
  kept(): { user: string; here: boolean } | null;
  /** The latest messages of general, before anybody has entered (`mine` is never set). Rejects when they cannot be had. */
  fetchLatest(): Promise<Row[]>;
  /** End the session here: close, forget the name, keep nothing that a next person at this browser would see. */
  leaveChat(): Promise<void>;
  /** Reconnect now instead of at `retryAt`. */
  retryNow(): void;

  openChannel(name: string): void;
  /** Post to the open channel; the row appears at once. */
  send(channel: string, text: string): void;
  edit(channel: string, id: string, text: string): void;
  remove(channel: string, id: string): void;
  /** A failed row: try again as it is. */
  retry(channel: string, id: string): void;
  /** A failed row: forget it (a failed edit or deletion goes back to what the log says). */
  discard(channel: string, id: string): void;
  setDraft(channel: string, text: string): void;

  loadOlder(channel: string): void;
  loadNewer(channel: string): void;
  /** Drop what is loaded, load the newest page and follow. */
  jumpToLatest(channel: string): void;

  /** Everything up to seq was on screen while the tab was visible and focused. */
  markRead(channel: string, seq: number): void;
  markAllRead(): void;
  setMuted(channel: string, muted: boolean): void;

  listChannels(after: string): Promise<{ channels: ChannelInfo[]; more: boolean } | Refusal>;
  /** Makes a channel, joins it and opens it, under the name as the server writes it. */
  createChannel(name: string, topic: string): Promise<Outcome>;
  /** Joins a channel and opens it. */
  join(name: string): Promise<Outcome>;
  leave(name: string): Promise<Outcome>;

  /** New messages of others as they arrive live (never history or catch-up): for announcers and notifications. */
  onArrival(listener: (row: Row, channel: string) => void): () => void;

  /** Close everything (page going away, tests). */
  dispose(): void;
}
