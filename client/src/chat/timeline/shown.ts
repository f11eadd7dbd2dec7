import type { Row } from "../model.ts";
import type { Window } from "./window.ts";

/**
 * The rows that people see: the window's, with their own changes laid over them, then what is on its way. The array stays
 * the same as long as rows are only added or replaced, so that a long channel is not copied for every message; it changes
 * only in `refresh`, so that what has been published stays as it was until the next time.
 */
export class Shown {
  private list: Row[] = [];
  /** How many of them are the window's. */
  private fromWindow = 0;

  get rows(): readonly Row[] {
    return this.list;
  }

  /** Follows the window. `laid` gives a row as it is to be seen; `tail` are the rows after the window's. */
  refresh(window: Window, laid: (row: Row) => Row, tail: readonly Row[]): void {
    const changes = window.changes();
    const source = window.rows;
    if (changes.kind === "all") {
      this.list = source.map(laid);
    } else {
      this.list.length = this.fromWindow;
      for (const seq of changes.seqs) {
        const place = seq - window.start;
        const row = source[place];
        if (row && place < this.fromWindow) this.list[place] = laid(row);
      }
      for (let i = this.fromWindow; i < source.length; i++) {
        const row = source[i];
        if (row) this.list.push(laid(row));
      }
    }
    this.fromWindow = source.length;
    this.list.push(...tail);
  }
}
