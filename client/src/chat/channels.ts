import type { Clock, Timer } from "../connection/environment.ts";
import type { Answer, Refused } from "../connection/requests.ts";
import { type Ask, type Event, GENERAL, type Place, type Welcome } from "../protocol/frames.ts";
import type { Row } from "./model.ts";
import type { Rows } from "./rows.ts";
import { Channel } from "./timeline/channel.ts";
import { Loader } from "./timeline/loader.ts";

/** A gap is asked about at most this often in one channel, in milliseconds. */
const RESYNC = 1_000;

/** What the channels need of the chat around them. */
interface ChannelsHost {
  clock: Clock;
  ask: <A extends Ask>(ask: A, done: (answer: Answer<A>) => void) => void;
  rows: () => Rows;
  /** A channel's first look at what is kept of it. */
  prepare: (channel: Channel) => void;
  /** An own message, or a changed one of one's own, was seen in the log. */
  seen: (row: Row) => void;
  arrived: (row: Row, channel: Channel) => void;
  /** The server says where the channel stands; one is in it. */
  placed: (channel: Channel) => void;
  changed: (channel: Channel) => void;
  membersChanged: () => void;
  left: (name: string) => void;
}

/** Told of a join: the name as the server writes it, or why not. */
export type Joining = (joined: { name: string } | { error: Refused }) => void;

interface Member {
  channel: Channel;
  loader: Loader;
  /** A join that asks for what is missing is under way, or about to be. */
  resyncing: boolean;
  resyncAt: number;
  timer: Timer | null;
}

/** The joined channels, kept in step with the server. */
export class Channels {
  private readonly members = new Map<string, Member>();
  /** The revs that the last hello named. */
  private named: Readonly<Record<string, number>> = {};

  constructor(private readonly host: ChannelsHost) {}

  get(name: string): Channel | undefined {
    return this.members.get(name)?.channel;
  }

  loader(name: string): Loader | undefined {
    return this.members.get(name)?.loader;
  }

  get all(): ReadonlyMap<string, Channel> {
    return new Map([...this.members].map(([name, member]) => [name, member.channel]));
  }

  /** Adds a channel of which nothing is known yet. */
  add(name: string): Channel {
    const known = this.members.get(name);
    if (known) return known.channel;
    const channel = new Channel(name);
    const loader = new Loader(channel, {
      clock: this.host.clock,
      ask: this.host.ask,
      rows: this.host.rows,
      loaded: (page) => page.rows.forEach((row) => this.note(row)),
      changed: this.host.changed,
    });
    this.members.set(name, { channel, loader, resyncing: false, resyncAt: 0, timer: null });
    this.host.prepare(channel);
    this.host.membersChanged();
    return channel;
  }

  remove(name: string): void {
    const member = this.members.get(name);
    if (!member) return;
    member.loader.stop();
    member.timer?.cancel();
    this.members.delete(name);
    this.host.left(name);
    this.host.membersChanged();
  }

  /** Forgets all, without leaving. */
  clear(): void {
    for (const member of this.members.values()) {
      member.loader.stop();
      member.timer?.cancel();
    }
    this.members.clear();
  }

  /** What hello says: each channel and the last rev known of it. */
  hello(most: number): Readonly<Record<string, number>> {
    const members = [...this.members.values()].slice(0, most);
    this.named = Object.fromEntries(members.map(({ channel }) => [channel.name, channel.rev]));
    return this.named;
  }

  welcome(welcome: Welcome): void {
    for (const name of welcome.missing) this.remove(name);
    for (const place of welcome.channels) {
      const rev = Object.hasOwn(this.named, place.name) ? this.named[place.name] : undefined;
      this.placed(place, rev ?? 0);
    }
    const joined = new Set(welcome.channels.map((place) => place.name));
    for (const member of this.members.values()) {
      member.timer?.cancel();
      member.resyncing = false;
      member.loader.resume();
      // It became known only with the welcome that one was in this channel before.
      if (!joined.has(member.channel.name)) this.resync(member);
    }
  }

  event(event: Event): void {
    const member = this.members.get(event.channel);
    if (!member) return; // left, while it was on its way
    const { channel } = member;
    const rows = this.host.rows();
    if (event.type === "sync") {
      const states = event.messages.map((message) => rows.of(message));
      channel.sync(event.rev, states);
      for (const row of states) this.note(row);
    } else {
      const row = rows.of(event);
      const fit = channel.event(row);
      if (fit.kind === "gap") {
        this.resync(member);
        return;
      }
      this.note(row);
      if (fit.arrived) this.host.arrived(row, channel);
    }
    this.host.changed(channel);
  }

  /** Joins, or joins again from what is known. */
  join(name: string, done: Joining): void {
    const rev = this.get(name)?.rev ?? 0;
    this.host.ask({ type: "join", channel: name, rev }, (answer) => {
      if (answer.ok) {
        this.placed(answer.reply.channel, answer.reply.channel.name === name ? rev : 0);
        done({ name: answer.reply.channel.name });
      } else done({ error: answer.error });
    });
  }

  create(name: string, topic: string, done: Joining): void {
    this.host.ask({ type: "create", channel: name, topic }, (answer) => {
      if (answer.ok) {
        this.placed(answer.reply.channel, 0);
        done({ name: answer.reply.channel.name });
      } else done({ error: answer.error });
    });
  }

  leave(name: string, done: (error: Refused | null) => void): void {
    this.host.ask({ type: "leave", channel: name }, (answer) => {
      // Out is out, whoever saw to it.
      const out = answer.ok || answer.error.code === "not_joined" || answer.error.code === "unknown_channel";
      if (out) this.remove(name);
      done(out ? null : answer.error);
    });
  }

  private placed(place: Place, named: number): void {
    const channel = this.add(place.name);
    const member = this.members.get(place.name);
    const wasLoaded = channel.window.loaded;
    if (channel.placed(place, named) && wasLoaded) {
      if (channel.open) member?.loader.anew();
      else member?.loader.stop();
    }
    this.host.placed(channel);
    this.host.changed(channel);
  }

  /** Something is missing: joins, or joins again from the last rev that is known, which brings it. */
  private resync(member: Member): void {
    if (member.resyncing) return;
    member.resyncing = true;
    const wait = Math.max(0, member.resyncAt - this.host.clock.now());
    member.timer = this.host.clock.after(wait, () => {
      member.resyncAt = this.host.clock.now() + RESYNC;
      this.join(member.channel.name, (joined) => {
        member.resyncing = false;
        if (!("error" in joined) || joined.error.code === "disconnected") return; // the next welcome sees to it
        if (joined.error.retry) this.resync(member);
        else if (member.channel.name !== GENERAL) this.remove(member.channel.name);
      });
    });
  }

  private note(row: Row): void {
    if (row.mine) this.host.seen(row);
  }
}
