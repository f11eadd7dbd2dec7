import type { Row } from "../model.ts";

/** How many states are kept of a channel that is open: more than the 1,000 entries of a catch-up, so that one always fits. */
export const OPEN_RECENT = 2_000;
/** And of one that is not: it is loaded anew when this was too little. */
export const CLOSED_RECENT = 300;

/**
 * The states of messages that came lately, whether they were loaded or not. A page of history may have been read before
 * a change that this client has heard of already, and a catch-up brings messages in the order of their last change; both
 * are put right from here.
 */
export class Recent {
  /** By seq; the state that came first stands first. */
  private readonly rows = new Map<number, Row>();
  private since = 0;
  private most = CLOSED_RECENT;

  /** A page of history that is at least as new as this rev can be completed from here; an older one cannot. */
  get floor(): number {
    return this.since;
  }

  put(row: Row): void {
    const known = this.rows.get(row.seq);
    if (known && known.rev >= row.rev) return;
    this.rows.delete(row.seq);
    this.rows.set(row.seq, row);
    this.keep(this.most);
  }

  /** Keeps the latest `most` from now on. */
  keep(most: number): void {
    this.most = most;
    for (const [seq, oldest] of this.rows) {
      if (this.rows.size <= most) return;
      this.rows.delete(seq);
      this.since = Math.max(this.since, oldest.rev);
    }
  }

  get(seq: number): Row | undefined {
    return this.rows.get(seq);
  }

  /** The newer of the two states that are known of a message. */
  newest(row: Row): Row {
    const known = this.rows.get(row.seq);
    return known && known.rev > row.rev ? known : row;
  }

  /** Forgets all: from now on only pages as new as `rev` will do. */
  forget(rev: number): void {
    this.rows.clear();
    this.since = rev;
  }
}
