import type { Row } from "../model.ts";
import { Recent } from "./recent.ts";

/** What changed in a window since it was last looked at: everything, or the rows of some seqs (rows may have been added at the end). */
export type Changes = { kind: "all" } | { kind: "some"; seqs: ReadonlySet<number> };

/** A page of history as the log gave it, oldest first. */
export interface Page {
  rows: readonly Row[];
  /** At least as new as this. */
  rev: number;
  /** The range it was taken from holds further messages. */
  more: boolean;
}

/** Beyond this many changed rows looking at each one is not cheaper than looking at all. */
const MANY = 500;

/**
 * The loaded part of a channel as the log has it: rows whose seqs follow each other without a hole. Since they do, a
 * message's place is its seq less the first one, and no index is needed.
 */
export class Window {
  readonly recent = new Recent();
  /** A page has come; before that nothing is known, not even that there is nothing. */
  loaded = false;
  /** The log holds older messages than the first row. */
  older = true;
  private list: Row[] = [];
  private lastSeq = 0;
  private changed: Set<number> | "all" = new Set();

  get rows(): readonly Row[] {
    return this.list;
  }

  /** The seq that the next newer message has, less one. */
  get end(): number {
    return this.lastSeq;
  }

  get start(): number {
    return this.lastSeq - this.list.length + 1;
  }

  at(seq: number): Row | undefined {
    return this.list[seq - this.start];
  }

  /** Looks from the newest: what people act on is mostly there. */
  find(id: string): Row | undefined {
    return this.list.findLast((row) => row.id === id);
  }

  /** What changed since the last call. */
  changes(): Changes {
    const { changed } = this;
    this.changed = new Set();
    return changed === "all" ? { kind: "all" } : { kind: "some", seqs: changed };
  }

  /** Something that is shown with the row has changed. */
  touch(seq: number): void {
    if (this.changed === "all") return;
    this.changed.add(seq);
    if (this.changed.size > MANY) this.changed = "all";
  }

  touchAll(): void {
    this.changed = "all";
  }

  /** Takes a message's state, from wherever; an older state than the known one changes nothing. */
  apply(row: Row): void {
    this.recent.put(row);
    if (!this.loaded) return;
    if (row.seq === this.lastSeq + 1) {
      this.extend();
      return;
    }
    const known = this.at(row.seq);
    if (known && known.rev < row.rev) this.replace(row);
  }

  /** The newest page: it becomes all there is. `seq` is the newest message's. */
  fill(page: Page, seq: number): void {
    this.list = page.rows.map((row) => this.recent.newest(row));
    this.loaded = true;
    this.older = page.more;
    this.changed = "all";
    const last = this.list.at(-1);
    if (last) this.lastSeq = last.seq;
    else {
      // All that was posted before the page was read is gone from the log; what was posted after it is in recent.
      this.lastSeq = seq;
      while (this.lastSeq > 0 && this.recent.get(this.lastSeq)) this.lastSeq--;
    }
    this.extend();
  }

  /** A page of messages before the first row. False when it does not reach it: the window has moved meanwhile. */
  prepend(page: Page): boolean {
    const before = page.rows.filter((row) => row.seq < this.start);
    const last = before.at(-1);
    if (last && last.seq !== this.start - 1) return false;
    this.older = page.more;
    if (before.length === 0) return true;
    this.list = before.map((row) => this.recent.newest(row)).concat(this.list);
    this.changed = "all";
    return true;
  }

  /** A page of messages after the last row. False when it does not begin there. */
  append(page: Page): boolean {
    const after = page.rows.filter((row) => row.seq > this.lastSeq);
    const [first] = after;
    if (first && first.seq !== this.lastSeq + 1) return false;
    for (const row of after) this.push(this.recent.newest(row));
    this.extend();
    return true;
  }

  /** Keeps the newest `rows`. */
  keepNewest(rows: number): void {
    if (this.list.length <= rows) return;
    this.list = this.list.slice(-rows);
    this.older = true;
    this.changed = "all";
  }

  /** Keeps the oldest `rows`: newer ones are not loaded then. */
  keepOldest(rows: number): void {
    if (this.list.length <= rows) return;
    const dropped = this.list.length - rows;
    this.list = this.list.slice(0, rows);
    this.lastSeq -= dropped;
    this.changed = "all";
  }

  /** Forgets all that is loaded; pages must be as new as `rev`. */
  clear(rev: number): void {
    this.recent.forget(rev);
    this.list = [];
    this.lastSeq = 0;
    this.loaded = false;
    this.older = true;
    this.changed = "all";
  }

  /** Adds what is known to follow the last row. */
  private extend(): void {
    for (let next = this.recent.get(this.lastSeq + 1); next; next = this.recent.get(this.lastSeq + 1)) this.push(next);
  }

  private push(row: Row): void {
    this.list.push(row);
    this.lastSeq = row.seq;
  }

  private replace(row: Row): void {
    this.list[row.seq - this.start] = row;
    this.touch(row.seq);
  }
}
