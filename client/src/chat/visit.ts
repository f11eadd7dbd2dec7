import type { Clock, Timer } from "../connection/environment.ts";
import { GENERAL } from "../protocol/frames.ts";
import { ownNonce } from "../protocol/nonce.ts";
import type { Channels } from "./channels.ts";
import type { Tabs } from "./deps.ts";
import type { Kept } from "./kept/kept.ts";
import { Profile } from "./kept/profile.ts";
import type { Row } from "./model.ts";
import type { Item, OutboxStore } from "./outbox/item.ts";
import type { Author } from "./outbox/outbox.ts";
import type { Queue } from "./outbox/queue.ts";
import type { Publisher } from "./publisher.ts";
import { Rows } from "./rows.ts";
import type { Channel } from "./timeline/channel.ts";

/** How often what dead tabs of the same user left behind is looked for, in milliseconds. */
const ADOPT_EVERY = 60_000;

/** The parts that belong to whoever is here. */
interface Parts {
  clock: Clock;
  browser: Kept;
  outboxStore: OutboxStore;
  tabs: Tabs;
  channels: () => Channels;
  queue: Queue;
  publisher: Publisher;
  /** The outbox has something to send. */
  flush: () => void;
  unkept: () => void;
}

/** One person's stay in this tab: what is kept of them comes with it and goes with it. */
export class Visit {
  rows = new Rows("");
  profile: Profile | null = null;
  author: Author = { user: "", sender: "", session: "" };
  private timer: Timer | null = null;

  constructor(private readonly parts: Parts) {}

  /** Somebody is here: at a reload the same as before, otherwise somebody new. */
  become(me: { user: string; sender: string }, session: string): void {
    const { publisher } = this.parts;
    const same = this.profile?.sender === me.sender && this.author.session === session;
    if (!same) {
      this.depart();
      this.profile = new Profile(me.sender, this.parts.browser, this.parts.clock);
      this.rows = new Rows(me.sender);
    }
    this.author = { ...me, session };
    publisher.set({ me });
    if (!same) this.arrive(this.profile, session);
  }

  /** Nobody is here. What is kept stays. */
  depart(): void {
    if (!this.profile) return;
    this.profile.save();
    this.profile = null;
    this.timer?.cancel();
    this.rows = new Rows("");
    this.author = { user: "", sender: "", session: "" };
    this.parts.channels().clear();
    this.parts.queue.clear();
    this.parts.publisher.restart();
  }

  /** The page ends. */
  dispose(): void {
    this.profile?.save();
    this.profile = null;
    this.timer?.cancel();
  }

  /** Nobody is here, and nothing is kept of who was. */
  async forget(): Promise<void> {
    const { profile, author } = this;
    if (!profile) return;
    this.depart();
    profile.forget();
    const { outboxStore, tabs } = this.parts;
    try {
      const left = await outboxStore.sessions(author.sender, author.session);
      await outboxStore.clear(author.sender, [author.session, ...(await tabs.dead(left))]);
    } catch {
      this.parts.unkept();
    }
  }

  /** What is kept of a channel. */
  prepare(channel: Channel): void {
    if (!this.profile) return;
    channel.readSeq = this.profile.readSeq(channel.name);
    channel.muted = this.profile.muted().includes(channel.name);
    channel.draft = this.profile.draft(channel.name);
  }

  /** The server says that one is in the channel. */
  placed(channel: Channel): void {
    this.profile?.joined(channel.name);
    if (this.profile?.readSeq(channel.name) === null) this.profile.setRead(channel.name, channel.readSeq ?? channel.seq);
  }

  /** The log has a message of one's own: it need not be sent, however its acknowledgement was lost. */
  seen(row: Row): void {
    const { queue, flush } = this.parts;
    const nonce = ownNonce(this.author.sender, row.id);
    const done = queue.about(row.id).filter(({ item }) => item.nonce === nonce || (item.kind === "delete" && row.deleted));
    for (const entry of done) queue.remove(entry);
    if (done.length > 0) flush();
  }

  /** Takes over what tabs of the same user left behind when they died. */
  async adopt(): Promise<void> {
    const { profile, author } = this;
    if (!profile) return;
    const { outboxStore, tabs, clock } = this.parts;
    this.timer?.cancel();
    this.timer = clock.after(ADOPT_EVERY, () => void this.adopt());
    try {
      const others = await outboxStore.sessions(author.sender, author.session);
      const dead = others.length > 0 ? await tabs.dead(others) : [];
      if (dead.length === 0 || this.profile !== profile) return;
      this.restore(profile, await outboxStore.adopt(author.sender, dead, author.session));
    } catch {
      this.parts.unkept();
    }
  }

  private arrive(profile: Profile | null, session: string): void {
    if (!profile) return;
    const channels = this.parts.channels();
    for (const name of new Set([GENERAL, ...profile.channels()])) channels.add(name);
    const open = profile.open();
    this.parts.publisher.open = open !== null && channels.get(open) ? open : GENERAL;
    this.parts.outboxStore
      .load(profile.sender, session)
      .then((items) => this.restore(profile, items))
      .catch(this.parts.unkept);
  }

  private restore(profile: Profile, items: readonly Item[]): void {
    if (this.profile !== profile) return;
    this.parts.queue.restore(items);
    for (const item of items) {
      const row = this.parts.channels().get(item.channel)?.find(item.message);
      if (row) this.seen(row);
    }
    this.parts.flush();
  }
}
