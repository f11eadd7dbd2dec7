import type { Clock } from "../../connection/environment.ts";

/** The part of the allowed rate that is used: the server's clock and other tabs of the same user are not known exactly. */
const SHARE = 0.9;

/** Spaces changes so that a long queue does not trip the server's limit: a token bucket a little smaller than the server's. */
export class Pace {
  private rate = 0;
  private tokens = 0;
  private filledAt = 0;

  constructor(private readonly clock: Clock) {}

  /** `rate` in changes a second, 0 for no limit. */
  set(rate: number): void {
    if (rate === this.rate) return;
    this.rate = rate;
    this.filledAt = this.clock.now();
    this.tokens = this.most;
  }

  /** Takes one change's worth: 0 when it may go now, else how many milliseconds to wait before asking again. */
  take(): number {
    if (this.rate === 0) return 0;
    const now = this.clock.now();
    this.tokens = Math.min(this.most, this.tokens + ((now - this.filledAt) / 1000) * this.rate * SHARE);
    this.filledAt = now;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.tokens) / (this.rate * SHARE)) * 1000);
  }

  /** The server says that it was too much: what was saved up is gone. */
  empty(): void {
    this.tokens = 0;
    this.filledAt = this.clock.now();
  }

  private get most(): number {
    return Math.max(1, this.rate / 2);
  }
}
