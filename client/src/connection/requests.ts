import { encode } from "../protocol/encode.ts";
import { type Ask, type ErrorFrame, type Reply, type ReplyTo, replyType } from "../protocol/frames.ts";
import type { Clock, Timer } from "./environment.ts";

/**
 * Why a request has no reply: the server's error, or one of this side's own, which say nothing of whether the request
 * was carried out: `disconnected`, `timed_out`, `too_many_requests`.
 */
export interface Refused {
  code: string;
  message: string;
  field?: string;
  limit?: number;
  retry: boolean;
  retryMs?: number;
}

export type Answer<A extends Ask> = { ok: true; reply: ReplyTo<A> } | { ok: false; error: Refused };

/** How long a reply may take, in milliseconds. A commit may wait for a slow store; the server gives up before that. */
const DEADLINE = 10_000;
const MOST = 256;

interface Pending {
  expected: Reply["type"];
  settle(answer: { ok: true; reply: Reply } | { ok: false; error: Refused }): void;
  deadline: Timer;
}

/** The requests of one connection that wait for their reply. */
export class Requests {
  private readonly pending = new Map<string, Pending>();
  private last = 0;

  constructor(
    private readonly clock: Clock,
    /** A reply did not come in time: the connection may be dead. */
    private readonly overdue: () => void,
  ) {}

  /** Sends `ask` through `send`; `done` is called exactly once, never before this returns true. False: too many wait already. */
  ask<A extends Ask>(ask: A, send: (text: string) => void, done: (answer: Answer<A>) => void): boolean {
    if (this.pending.size >= MOST) return false;
    const id = String(++this.last);
    this.pending.set(id, {
      expected: replyType[ask.type],
      settle: done,
      deadline: this.clock.after(DEADLINE, () => this.expire(id)),
    });
    send(encode(id, ask));
    return true;
  }

  /** Takes a reply or an error with an id to who asked. False when it is a reply of the wrong type. */
  settle(frame: Reply | (ErrorFrame & { id: string })): boolean {
    const pending = this.pending.get(frame.id);
    // A reply nobody waits for any more came after its deadline.
    if (!pending) return true;
    if (frame.type === "error") {
      this.take(frame.id, pending);
      pending.settle({ ok: false, error: refusal(frame) });
      return true;
    }
    if (frame.type !== pending.expected) return false;
    this.take(frame.id, pending);
    pending.settle({ ok: true, reply: frame });
    return true;
  }

  /** The connection is gone: nothing that waits will be answered. */
  disconnected(): void {
    const waiting = [...this.pending];
    for (const [id, pending] of waiting) {
      this.take(id, pending);
      pending.settle({ ok: false, error: disconnected });
    }
  }

  private expire(id: string): void {
    const pending = this.pending.get(id);
    if (!pending) return;
    this.take(id, pending);
    this.overdue();
    pending.settle({ ok: false, error: timedOut });
  }

  private take(id: string, pending: Pending): void {
    this.pending.delete(id);
    pending.deadline.cancel();
  }
}

export const disconnected: Refused = { code: "disconnected", message: "There is no connection to the server.", retry: true };
export const tooMany: Refused = { code: "too_many_requests", message: "Too much is under way already. Try again in a moment.", retry: true };
const timedOut: Refused = { code: "timed_out", message: "The server did not answer in time.", retry: true };

function refusal(frame: ErrorFrame): Refused {
  const error: Refused = { code: frame.code, message: frame.message, retry: frame.retry };
  if (frame.field !== undefined) error.field = frame.field;
  if (frame.limit !== undefined) error.limit = frame.limit;
  if (frame.retryMs !== undefined) error.retryMs = frame.retryMs;
  return error;
}
