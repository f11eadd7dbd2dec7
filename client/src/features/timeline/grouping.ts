/** What stands above a row: the day, the New divider, the author. */
import type { Row } from "../../chat/model";

export interface Lead {
  /** The row is the first of its day. */
  day: boolean;
  /** The New divider stands above the row. */
  divider: boolean;
  /** The row begins a group: picture, name and time are shown. */
  head: boolean;
}

/** Messages of one author with less than this many milliseconds between them are one group. */
export const groupSpan = 5 * 60_000;
const dayLength = 86_400_000;

/** The lead of `row` after `before`; `dividerId` names the row that the New divider stands above. */
export function leadOf(before: Row | undefined, row: Row, dividerId: string | null): Lead {
  const day = !before || !sameDay(before.at, row.at);
  const divider = row.id === dividerId;
  const head = day || divider || before.user !== row.user || Math.abs(row.at - before.at) >= groupSpan;
  return { day, divider, head };
}

/** Whether two moments fall on one day of this browser's calendar. */
export function sameDay(a: number, b: number): boolean {
  return Math.abs(a - b) < dayLength && new Date(a).getDate() === new Date(b).getDate();
}

/** The first row of somebody else after seq `divider`: one's own messages are never new. Null if there is none. */
export function findDivider(rows: readonly Row[], divider: number | null): string | null {
  if (divider === null) return null;
  for (let i = firstAfter(rows, divider); i < rows.length; i++) {
    const row = rows[i];
    if (row && !row.mine && row.seq > divider) return row.id;
  }
  return null;
}

/** The index of the first row with a seq above `seq`. Rows ascend by seq; pending ones (seq 0) are last. */
function firstAfter(rows: readonly Row[], seq: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = rows[middle]?.seq ?? 0;
    if (at === 0 || at > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
