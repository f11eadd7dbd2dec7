import type { Place } from "../../protocol/frames.ts";
import type { ChannelState, Row, Timeline } from "../model.ts";
import { CLOSED_RECENT, OPEN_RECENT } from "./recent.ts";
import { Shown } from "./shown.ts";
import { Window } from "./window.ts";

/** The most rows that are held of the open channel, and of any other. */
export const MOST_OPEN = 60_000;
export const MOST_CLOSED = 300;
/** Trimming moves every row that stays, so it is done for many at a time. */
const SLACK = 1_000;
const MOST_OWN = 5_000;

/** What is laid over a channel's rows: own changes that are on their way. */
export interface Overlay {
  laid(row: Row): Row;
  /** Own messages that are not in the log yet, in the order of sending. */
  pending(channel: string): readonly Row[];
}

/** How an event fitted: `gap` says that at least one before it is missing. */
type Fit = { kind: "gap" } | { kind: "taken"; arrived: boolean };

/** One joined channel: where its log stands, what is loaded of it, and what has been read. */
export class Channel {
  topic = "";
  /** The rev up to which everything is known. */
  rev = 0;
  /** The newest message's seq. */
  seq = 0;
  /** null until it is known: a channel that was never read here begins as read. */
  readSeq: number | null = null;
  divider: number | null = null;
  muted = false;
  draft = "";
  load: Timeline["load"] = "idle";
  readonly window = new Window();
  private isOpen = false;
  /** Events up to this rev are catching up, not news. */
  private caughtUpAt = 0;
  /** Own messages after readSeq: they are not unread. */
  private readonly own = new Set<number>();
  /** The open channel was read up to here when one was cut off: what others wrote since will get a divider. */
  private unseenFrom: number | null = null;
  /** Own messages that were acknowledged before their event came, by id. */
  private readonly settling = new Map<string, Row>();
  private readonly shown = new Shown();
  private timeline: Timeline = { rows: [], version: 0, older: true, live: true, load: "idle" };
  private timelineChanged = true;

  constructor(readonly name: string) {}

  /** Nothing newer than the window is missing. Also true while nothing is loaded, when there is nothing to miss it from. */
  get live(): boolean {
    return !this.window.loaded || this.window.end >= this.seq;
  }

  get open(): boolean {
    return this.isOpen;
  }

  get unread(): number {
    return Math.max(0, this.seq - (this.readSeq ?? this.seq) - this.own.size);
  }

  /** The channel was joined, naming the rev `named`. True when what was loaded had to be forgotten. */
  placed(place: Place, named: number): boolean {
    this.topic = place.topic;
    this.caughtUpAt = place.rev;
    // With 0 the server says nothing of what came since, so an empty channel that was loaded may be empty no more.
    const reset = place.reset === true || (named === 0 && place.rev > 0 && this.rev < place.rev);
    const wasRead = this.unread === 0;
    if (reset) {
      this.rev = place.rev;
      this.seq = place.seq;
      this.forget();
    }
    this.readSeq = Math.min(this.readSeq ?? place.seq, place.seq);
    if (this.isOpen && wasRead) this.unseenFrom = this.readSeq;
    return reset;
  }

  /** An event of the stream. */
  event(row: Row): Fit {
    if (row.rev > this.rev + 1) return { kind: "gap" };
    const news = row.rev > this.rev && row.rev > this.caughtUpAt && row.seq > this.seq;
    this.rev = Math.max(this.rev, row.rev);
    if (news && this.window.loaded) this.unseenFrom = null;
    this.take(row);
    return { kind: "taken", arrived: news && !row.mine && !row.deleted };
  }

  /** A part of catching up, which ends at `rev`. */
  sync(rev: number, rows: readonly Row[]): void {
    this.rev = Math.max(this.rev, rev);
    for (const row of rows) this.take(row);
  }

  /** What the log says of a message, as far as it is loaded. */
  find(id: string): Row | undefined {
    return this.window.find(id) ?? this.settling.get(id);
  }

  /** An own edit or deletion was acknowledged: the log has this state, and its event comes, or came. */
  know(row: Row): void {
    if (this.settling.has(row.id)) this.settling.set(row.id, row);
    this.window.apply(row);
    this.changed();
  }

  /** An own message was acknowledged: it is in the log, and its event comes, or came. */
  settle(row: Row): void {
    if (row.seq > this.window.end) this.settling.set(row.id, row);
    this.note(row);
    this.changed();
  }

  /** A page is in the window now. */
  paged(rows: readonly Row[], older: boolean): void {
    for (const row of rows) this.note(row);
    this.seq = Math.max(this.seq, rows.at(-1)?.seq ?? 0);
    this.trim(older);
    this.changed();
  }

  /** Something of the timeline is to be looked at again. */
  changed(): void {
    this.timelineChanged = true;
  }

  /** What is laid over the message `id` has changed. */
  overlaid(id: string): void {
    const row = this.window.find(id);
    if (row) this.window.touch(row.seq);
    this.changed();
  }

  setOpen(open: boolean): void {
    this.isOpen = open;
    if (open) {
      // Before a page is loaded nobody knows which of the unread are one's own.
      const from = this.unread > 0 ? this.readSeq : null;
      if (this.window.loaded) this.divider = from;
      else this.unseenFrom = from;
      this.window.recent.keep(OPEN_RECENT);
      return;
    }
    this.divider = null;
    this.unseenFrom = null;
    this.window.recent.keep(CLOSED_RECENT);
    if (this.live) this.window.keepNewest(MOST_CLOSED);
    else this.forget();
    this.changed();
  }

  /** Forgets what is loaded. */
  forget(): void {
    this.window.clear(this.rev);
    this.settling.clear();
    this.changed();
  }

  /** Holds no more than allowed, letting go at the end that is farther from what was just loaded. */
  private trim(loadedOlder: boolean): void {
    const most = this.isOpen ? MOST_OPEN : MOST_CLOSED;
    if (this.window.rows.length <= most) return;
    if (loadedOlder) this.window.keepOldest(most);
    else this.window.keepNewest(this.isOpen ? most - SLACK : most / 2);
    this.changed();
  }

  /** Everything up to seq has been read; false when that was known. */
  read(seq: number): boolean {
    const upTo = Math.min(seq, this.seq);
    if (upTo <= (this.readSeq ?? 0)) return false;
    this.readSeq = upTo;
    for (const own of this.own) if (own <= upTo) this.own.delete(own);
    return true;
  }

  /** A message of somebody else came while nobody looked: reading stopped before it. */
  arrivedUnseen(): void {
    if (this.isOpen && this.unread === 1) this.divider = this.readSeq;
  }

  state(overlay: Overlay): ChannelState {
    if (this.timelineChanged) this.refresh(overlay);
    const { name, topic, seq, unread, divider, muted, draft, timeline } = this;
    return { name, topic, seq, readSeq: this.readSeq ?? seq, unread, divider, muted, draft, timeline };
  }

  private take(row: Row): void {
    this.seq = Math.max(this.seq, row.seq);
    this.note(row);
    // What is not loaded and not about to be needs no remembering: a page that is asked for later is newer.
    if (this.window.loaded || this.load !== "idle") this.window.apply(row);
    else this.window.recent.forget(this.rev);
    this.trim(false);
    this.changed();
  }

  /** Own messages are never unread, and what others wrote while one was away is. */
  private note(row: Row): void {
    if (row.mine) {
      if (row.seq > (this.readSeq ?? Infinity) && this.own.size < MOST_OWN) this.own.add(row.seq);
    } else if (this.unseenFrom !== null && row.seq > this.unseenFrom) {
      this.divider = this.unseenFrom;
      this.unseenFrom = null;
    }
  }

  private refresh(overlay: Overlay): void {
    this.timelineChanged = false;
    for (const [id, row] of this.settling) if (row.seq <= this.window.end) this.settling.delete(id);
    const laid = (row: Row) => overlay.laid(row);
    const settling = [...this.settling.values()].sort((a, b) => a.seq - b.seq).map(laid);
    this.shown.refresh(this.window, laid, this.live ? settling.concat(overlay.pending(this.name)) : []);
    this.timeline = {
      rows: this.shown.rows,
      version: this.timeline.version + 1,
      older: this.window.older,
      live: this.live,
      load: this.load,
    };
  }
}
