import type { Clock, Timer } from "../environment.ts";

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  private time: number;
  private readonly timers = new Set<{ at: number; fire: () => void }>();

  constructor(start = Date.UTC(2026, 10, 24, 9)) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, fire: () => void): Timer {
    const timer = { at: this.time + ms, fire };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }

  /** Goes on by `ms`, firing what is due in the order in which it is due. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (let next = this.next(until); next; next = this.next(until)) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.fire();
    }
    this.time = until;
  }

  /** The timers that wait. */
  get waiting(): number {
    return this.timers.size;
  }

  private next(until: number): { at: number; fire: () => void } | undefined {
    let first: { at: number; fire: () => void } | undefined;
    for (const timer of this.timers) {
      if (timer.at <= until && (!first || timer.at < first.at)) first = timer;
    }
    return first;
  }
}
