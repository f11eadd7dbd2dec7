import { formatDay } from "../text/format";
import { leadOf, sameDay } from "./grouping";
import { MessageRow } from "./MessageRow";
import type { View } from "./viewport";

export interface DayGroupProps {
  view: View;
  start: number;
  end: number;
  channel: string;
  now: number;
  active: string | null;
  tabStop: string | null;
  editing: string | null;
}

/** The rendered rows of one day under its label, which stays in view while the day does. */
export function DayGroup({ view, start, end, channel, now, active, tabStop, editing }: DayGroupProps) {
  const rows = view.rows.slice(start, end);
  const first = rows[0];
  if (!first) return null;
  return (
    <section>
      <h2 className="day">
        <span>{formatDay(first.at, now)}</span>
      </h2>
      {rows.map((row, i) => (
        <MessageRow
          key={row.id}
          row={row}
          channel={channel}
          {...leadOf(view.rows[start + i - 1], row, view.dividerId)}
          active={row.id === active}
          tabStop={row.id === tabStop}
          editing={row.id === editing}
        />
      ))}
    </section>
  );
}

/** The days among the rendered rows: key, first row, end. */
export function daysOf({ rows, start, end }: View): { key: string; start: number; end: number }[] {
  const days: { key: string; start: number; end: number }[] = [];
  for (let i = start; i < end; i++) {
    const row = rows[i];
    const before = rows[i - 1];
    if (!row) break;
    const last = days.at(-1);
    if (last && before && sameDay(before.at, row.at)) last.end = i + 1;
    else days.push({ key: new Date(row.at).toDateString(), start: i, end: i + 1 });
  }
  return days;
}
