import type { Clock, Timer } from "../../connection/environment.ts";
import type { Answer, Refused } from "../../connection/requests.ts";
import type { Ask, History } from "../../protocol/frames.ts";
import type { Rows } from "../rows.ts";
import type { Channel } from "./channel.ts";
import type { Page } from "./window.ts";

/** The most that the protocol gives at once. */
const PAGE = 100;
const TRIES = 5;
/** The wait before a page that was too old, or refused for now, is asked for again, in milliseconds. */
const AGAIN = 300;
const LONGEST = 10_000;

type Asked = Extract<Ask, { type: "history" }>;
type Kind = "first" | "older" | "newer";

/** What the loader needs of the chat around it. */
export interface LoaderHost {
  clock: Clock;
  ask: (ask: Asked, done: (answer: Answer<Asked>) => void) => void;
  rows: () => Rows;
  /** A page is in: own messages may be in it. */
  loaded: (page: Page) => void;
  /** The channel's `load` changed. */
  changed: (channel: Channel) => void;
}

/** Loads a channel's history, one page at a time. */
export class Loader {
  private under: Kind | null = null;
  /** Answers to what was asked before a reset carry an older number. */
  private ticket = 0;
  private tries = 0;
  /** The connection broke it off. */
  private parked = false;
  private timer: Timer | null = null;

  constructor(
    private readonly channel: Channel,
    private readonly host: LoaderHost,
  ) {}

  /** Begins with the newest page, unless one is there or coming. */
  first(): void {
    if (!this.channel.window.loaded) this.begin("first");
  }

  older(): void {
    if (!this.channel.window.loaded) this.first();
    else if (this.channel.window.older) this.begin("older");
  }

  newer(): void {
    if (!this.channel.window.loaded) this.first();
    else if (!this.channel.live) this.begin("newer");
  }

  /** Forgets what is loaded and begins anew. */
  anew(): void {
    this.stop();
    this.channel.forget();
    this.begin("first");
  }

  /** Stops what is under way. */
  stop(): void {
    this.ticket++;
    this.timer?.cancel();
    this.under = null;
    this.show("idle");
  }

  /** There is a connection again: what it broke off is asked again. */
  resume(): void {
    if (this.under && this.parked) this.ask();
  }

  private begin(kind: Kind): void {
    if (this.under) return;
    this.under = kind;
    this.tries = 0;
    this.show(kind);
    this.ask();
  }

  private ask(): void {
    this.timer?.cancel();
    this.parked = false;
    const ticket = ++this.ticket;
    this.host.ask(this.range(), (answer) => {
      if (ticket !== this.ticket) return;
      if (answer.ok) this.take(answer.reply);
      else this.refused(answer.error);
    });
  }

  private range(): Asked {
    const { name, window } = this.channel;
    const ask: Asked = { type: "history", channel: name };
    if (this.under === "older") ask.before = window.start;
    if (this.under === "newer") ask.after = window.end;
    ask.limit = PAGE;
    return ask;
  }

  private take(reply: History): void {
    const { window } = this.channel;
    if (reply.rev < window.recent.floor) {
      this.later(AGAIN);
      return;
    }
    const rows = this.host.rows();
    const page: Page = { rev: reply.rev, more: reply.more, rows: reply.messages.map((message) => rows.of(message)) };
    const kind = this.under;
    // The window moved while the page was on its way: it is of no use, but asking again from where it is now is.
    const fits = kind === "older" ? window.prepend(page) : kind === "newer" ? window.append(page) : this.fill(page);
    if (!fits) {
      this.later(0);
      return;
    }
    this.under = null;
    this.channel.paged(page.rows, kind === "older");
    this.host.loaded(page);
    this.show("idle");
  }

  private fill(page: Page): true {
    this.channel.window.fill(page, this.channel.seq);
    return true;
  }

  private refused(error: Refused): void {
    if (error.code === "disconnected") this.parked = true;
    else if (error.retry) this.later(Math.min(error.retryMs ?? AGAIN, LONGEST));
    else this.fail();
  }

  private later(ms: number): void {
    this.tries++;
    if (this.tries >= TRIES) {
      this.fail();
      return;
    }
    this.timer = this.host.clock.after(ms * this.tries, () => this.ask());
  }

  private fail(): void {
    this.under = null;
    this.show("failed");
  }

  private show(load: Channel["load"]): void {
    if (this.channel.load === load) return;
    this.channel.load = load;
    this.channel.changed();
    this.host.changed(this.channel);
  }
}
