import type { Failure, Item, OutboxStore } from "./item.ts";

/** How many changes may wait; a person cannot write that many, so beyond it something else is wrong. */
const MOST = 1_000;

/** An item and what this page knows of its way; neither survives a reload, nor needs to. */
export interface Entry {
  item: Item;
  /** It may have reached the server. After a reload nobody knows. */
  attempted: boolean;
  inFlight: boolean;
  /** Its channel was joined for it; when that did not help, doing so again will not either. */
  joinedFor: boolean;
  /** Since when it waits, in milliseconds since 1970. */
  since: number;
}

const none: readonly Entry[] = [];

/** The changes of this tab that the log does not have yet, in order, kept in the store behind it. */
export class Queue {
  /** By nonce, in the order of sending. */
  private entries = new Map<string, Entry>();
  /** By message; made when asked for, gone with the next change. */
  private messages: Map<string, Entry[]> | null = null;
  private lastOrder = 0;

  constructor(
    private readonly store: OutboxStore,
    /** The store refused: what is here lives only as long as this page. */
    private readonly unkept: () => void,
    /** Something about the message with this id changed. */
    private readonly tell: (channel: string, message: string) => void,
  ) {}

  get full(): boolean {
    return this.entries.size >= MOST;
  }

  get(nonce: string): Entry | undefined {
    return this.entries.get(nonce);
  }

  /** All of a channel's, in order. */
  *of(channel: string): Iterable<Entry> {
    for (const entry of this.entries.values()) if (entry.item.channel === channel) yield entry;
  }

  /** All that concern one message, in order. */
  about(message: string): readonly Entry[] {
    this.messages ??= grouped(this.entries.values());
    return this.messages.get(message) ?? none;
  }

  /** Of every channel the first that waits. */
  heads(): Entry[] {
    const heads = new Map<string, Entry>();
    for (const entry of this.entries.values()) {
      if (!entry.item.failure && !heads.has(entry.item.channel)) heads.set(entry.item.channel, entry);
    }
    return [...heads.values()];
  }

  /** A place after all others, also after those of tabs that died: places are times where that is possible. */
  nextOrder(now: number): number {
    this.lastOrder = Math.max(this.lastOrder + 1, now);
    return this.lastOrder;
  }

  add(item: Item): void {
    this.entries.set(item.nonce, { item, attempted: false, inFlight: false, joinedFor: false, since: item.at });
    this.keep(item);
    this.changed(item.channel, item.message);
  }

  /** Takes over what the store had; what is here already stays as it is. */
  restore(items: readonly Item[]): void {
    for (const item of items) {
      this.lastOrder = Math.max(this.lastOrder, item.order);
      if (!this.entries.has(item.nonce)) this.entries.set(item.nonce, { item, attempted: true, inFlight: false, joinedFor: false, since: item.at });
    }
    this.entries = new Map([...this.entries].sort(([, a], [, b]) => a.item.order - b.item.order));
    this.messages = null;
    for (const item of items) this.changed(item.channel, item.message);
  }

  /** Replaces an item by one that says something else in its place; with another nonce it is another change. */
  replace(entry: Entry, item: Item, since: number): void {
    const attempted = item.nonce === entry.item.nonce && entry.attempted;
    const replaced: Entry = { item, attempted, inFlight: false, joinedFor: false, since };
    this.entries = new Map(
      [...this.entries].map(([nonce, other]) => (other === entry ? [item.nonce, replaced] : [nonce, other])),
    );
    this.messages = null;
    if (item.nonce !== entry.item.nonce) this.forget([entry.item.nonce]);
    this.keep(item);
    this.changed(entry.item.channel, entry.item.message);
    if (item.message !== entry.item.message) this.changed(item.channel, item.message);
  }

  /** The log has it, or nobody wants it any more. */
  remove(entry: Entry): void {
    if (this.entries.get(entry.item.nonce) !== entry) return;
    this.entries.delete(entry.item.nonce);
    this.forget([entry.item.nonce]);
    this.changed(entry.item.channel, entry.item.message);
  }

  /**
   * It was refused for good. Changes that wait for a message which was never posted are folded into it: an edit is what
   * would be posted, a deletion takes it away.
   */
  fail(entry: Entry, failure: Failure): void {
    let { text } = entry.item;
    if (entry.item.kind === "send") {
      for (const later of this.about(entry.item.message)) {
        if (later === entry) continue;
        this.remove(later);
        if (later.item.kind === "edit") ({ text } = later.item);
        else {
          this.remove(entry);
          return;
        }
      }
    }
    this.replace(entry, { ...entry.item, text, failure }, entry.since);
  }

  /** Forgets all, here only. */
  clear(): void {
    this.entries.clear();
    this.messages = null;
  }

  private changed(channel: string, message: string): void {
    this.messages = null;
    this.tell(channel, message);
  }

  private keep(item: Item): void {
    this.store.put(item).catch(this.unkept);
  }

  private forget(nonces: readonly string[]): void {
    this.store.remove(nonces).catch(this.unkept);
  }
}

function grouped(entries: Iterable<Entry>): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.item.message);
    if (group) group.push(entry);
    else groups.set(entry.item.message, [entry]);
  }
  return groups;
}
