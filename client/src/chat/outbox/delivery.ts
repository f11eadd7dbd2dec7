import type { Clock, Timer } from "../../connection/environment.ts";
import type { Answer, Refused } from "../../connection/requests.ts";
import type { Ack, Ask } from "../../protocol/frames.ts";
import type { Item } from "./item.ts";
import type { Pace } from "./pace.ts";
import type { Entry, Queue } from "./queue.ts";

type Change = Extract<Ask, { type: "send" | "edit" | "delete" }>;

/** What delivery needs of the chat around it. */
interface DeliveryHost {
  clock: Clock;
  random: () => number;
  online: () => boolean;
  ask: (change: Change, done: (answer: Answer<Change>) => void) => void;
  /** The log has it. */
  acknowledged: (item: Item, ack: Ack) => void;
  /** Joins a channel that the server says one is not in; calls back with null, or with why not. */
  join: (channel: string, done: (error: Refused | null) => void) => void;
}

const BASE = 500;
const CAP = 10_000;
/** Refusals after which trying again, which makes a new nonce where needed, may help. */
const worthRetrying: ReadonlySet<string> = new Set(["internal", "nonce_reused", "not_joined", "too_many_channels"]);

/**
 * Brings the queue to the server: one change at a time in each channel, so that their order is kept whatever is refused
 * on the way, and no faster than allowed.
 */
export class Delivery {
  /** Until when nothing goes, and nothing goes in one channel; in milliseconds since 1970. */
  private pausedUntil = 0;
  private readonly channelPausedUntil = new Map<string, number>();
  /** Refusals for now, in a row. */
  private setbacks = 0;
  private readonly joining = new Set<string>();
  private timer: Timer | null = null;

  constructor(
    private readonly queue: Queue,
    private readonly pace: Pace,
    private readonly host: DeliveryHost,
  ) {}

  /** Sends what can go now, and arranges for the rest. */
  flush(): void {
    this.timer?.cancel();
    if (!this.host.online()) return; // the next welcome flushes
    const now = this.host.clock.now();
    let next = Infinity;
    for (const entry of this.queue.heads()) {
      if (entry.inFlight || this.joining.has(entry.item.channel)) continue;
      const free = Math.max(this.pausedUntil, this.channelPausedUntil.get(entry.item.channel) ?? 0);
      const wait = free > now ? free - now : this.pace.take();
      if (wait === 0) this.send(entry);
      else next = Math.min(next, wait);
    }
    this.timer?.cancel(); // an answer that came at once may have set one
    if (next < Infinity) this.timer = this.host.clock.after(next, () => this.flush());
  }

  /** A new connection: what was refused for now by the old one may go. */
  welcomed(rate: number): void {
    this.pace.set(rate);
    this.setbacks = 0;
    this.pausedUntil = 0;
    this.channelPausedUntil.clear();
    this.flush();
  }

  stop(): void {
    this.timer?.cancel();
  }

  private send(entry: Entry): void {
    entry.inFlight = true;
    entry.attempted = true;
    this.host.ask(changeOf(entry.item), (answer) => {
      entry.inFlight = false;
      // Its event may have come first, or it was withdrawn.
      const current = this.queue.get(entry.item.nonce);
      if (answer.ok) this.acknowledge(entry, answer.reply);
      else if (current === entry) this.refused(entry, answer.error);
      this.flush();
    });
  }

  private acknowledge(entry: Entry, ack: Ack): void {
    this.setbacks = 0;
    this.queue.remove(entry);
    this.host.acknowledged(entry.item, ack);
  }

  private refused(entry: Entry, error: Refused): void {
    const { item } = entry;
    if (error.code === "disconnected") return;
    if (error.retry) this.pause(item.channel, error);
    else if (error.code === "message_deleted" && item.kind === "delete") this.queue.remove(entry);
    else if (error.code === "not_joined" && !entry.joinedFor) this.rejoin(entry);
    else this.fail(entry, error);
  }

  private pause(channel: string, error: Refused): void {
    this.setbacks++;
    const growing = Math.min(CAP, BASE * 2 ** this.setbacks) * (0.5 + this.host.random() / 2);
    const until = this.host.clock.now() + Math.max(error.retryMs ?? 0, error.code === "too_fast" ? 1 : growing);
    if (error.code === "too_fast") this.pace.empty();
    // Only the log of one channel is overloaded; the rate, the store and the server are the same for all.
    if (error.code === "overloaded") this.channelPausedUntil.set(channel, until);
    else this.pausedUntil = Math.max(this.pausedUntil, until);
  }

  private rejoin(entry: Entry): void {
    const { channel } = entry.item;
    entry.joinedFor = true;
    this.joining.add(channel);
    this.host.join(channel, (error) => {
      this.joining.delete(channel);
      if (error && this.queue.get(entry.item.nonce) === entry) this.refused(entry, error);
      this.flush();
    });
  }

  private fail(entry: Entry, error: Refused): void {
    this.queue.fail(entry, { code: error.code, message: error.message, retry: worthRetrying.has(error.code) });
  }
}

function changeOf(item: Item): Change {
  const { channel, nonce, message, text } = item;
  if (item.kind === "send") return { type: "send", channel, nonce, text };
  if (item.kind === "edit") return { type: "edit", channel, nonce, message, text };
  return { type: "delete", channel, nonce, message };
}
