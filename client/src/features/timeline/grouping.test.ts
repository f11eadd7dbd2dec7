import { expect, test } from "vitest";
import type { Row } from "../../chat/model";
import { findDivider, groupSpan, leadOf, sameDay } from "./grouping";

const noon = new Date(2026, 10, 24, 12).getTime();
const row = (seq: number, user: string, at: number, more: Partial<Row> = {}): Row => ({
  id: `${user}.${seq}.${at}`,
  seq,
  rev: seq,
  user,
  text: "words",
  at,
  mine: user === "me",
  ...more,
});

test("one author within five minutes is one group", () => {
  const first = row(1, "anna", noon);
  expect(leadOf(undefined, first, null)).toEqual({ day: true, divider: false, head: true });
  expect(leadOf(first, row(2, "anna", noon + groupSpan - 1), null)).toEqual({ day: false, divider: false, head: false });
  expect(leadOf(first, row(2, "anna", noon + groupSpan), null).head).toBe(true);
  expect(leadOf(first, row(2, "jonas", noon + 1), null).head).toBe(true);
});

test("a new day and the New divider begin a group", () => {
  const late = new Date(2026, 10, 24, 23, 59).getTime();
  const early = new Date(2026, 10, 25, 0, 1).getTime();
  expect(leadOf(row(1, "anna", late), row(2, "anna", early), null)).toEqual({ day: true, divider: false, head: true });
  const next = row(2, "anna", noon + 1);
  expect(leadOf(row(1, "anna", noon), next, next.id)).toEqual({ day: false, divider: true, head: true });
});

test("the same date of another month is another day", () => {
  expect(sameDay(new Date(2026, 9, 24, 12).getTime(), noon)).toBe(false);
  expect(sameDay(noon, noon + 3600_000)).toBe(true);
});

test("the divider stands above the first message of others after it", () => {
  const rows = [row(1, "anna", 1), row(2, "me", 2), row(3, "me", 3), row(4, "anna", 4), row(5, "jonas", 5), row(0, "me", 6)];
  expect(findDivider(rows, null)).toBeNull();
  expect(findDivider(rows, 0)).toBe(rows[0]!.id);
  expect(findDivider(rows, 1)).toBe(rows[3]!.id);
  expect(findDivider(rows, 4)).toBe(rows[4]!.id);
  expect(findDivider(rows, 5)).toBeNull();
  expect(findDivider([], 3)).toBeNull();
});
