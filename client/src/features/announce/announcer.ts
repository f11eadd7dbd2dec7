/**
 * Says aloud what arrives live in the open channel, through one polite region: history, catch-up and one's own messages never
 * come here. A busy channel is summed up, so that a screen reader is never more than one sentence behind.
 */
import { formatNumber } from "../text/format";
import { t } from "../text/text";

export interface Arrival {
  user: string;
  text: string;
}

const pause = 3000; // milliseconds from one announcement to the next, at least
const readOut = 2; // more than this many at once are only counted
const longest = 200; // characters of one message

export class Announcer {
  private waiting: Arrival[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private quietUntil = 0;

  constructor(
    private readonly say: (sentence: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  arrived(arrival: Arrival, channel: string): void {
    this.waiting.push(arrival);
    if (this.timer !== undefined) return;
    const wait = Math.max(200, this.quietUntil - this.now()); // a moment, so that what comes together is said together
    this.timer = setTimeout(() => this.speak(channel), wait);
  }

  /** Forgets what waits: the channel was left. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
  }

  private speak(channel: string): void {
    const said = this.waiting;
    this.clear();
    this.quietUntil = this.now() + pause;
    this.say(said.length <= readOut ? said.map(sentence).join(" ") : t("announce.many", { count: said.length, formatted: formatNumber(said.length), channel }));
  }
}

function sentence({ user, text }: Arrival): string {
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return t("announce.message", { user, text: short });
}
