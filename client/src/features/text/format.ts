/** Numbers, times and dates as people read them, by Intl in the browser's language and time zone. */
import { t } from "./text";

const number = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const seconds = new Intl.NumberFormat("en", { style: "unit", unit: "second", unitDisplay: "narrow" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const withYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** 5212 → "5,212". */
export const formatNumber = (value: number): string => number.format(value);

/** Unread messages for a small place: 1000 and more are "999+". */
export const formatCount = (value: number): string => (value > 999 ? `${number.format(999)}+` : number.format(value));

/** 4 → "4s": about as wide for every number, so that a countdown moves nothing. */
export const formatSeconds = (value: number): string => seconds.format(value);

/** Milliseconds → "09:02", or "9:02 AM" where people write that. */
export const formatClock = (at: number): string => clock.format(at);

/** Milliseconds → "09:02" or "9:02": the half of the day is left out, for where the full time is near and room is not. */
export function formatClockShort(at: number): string {
  const parts = clock.formatToParts(at).filter(({ type }) => type !== "dayPeriod");
  return parts.map(({ value }) => value).join("").trim();
}

/** Milliseconds → the whole date and time, for tooltips and screen readers. */
export const formatFull = (at: number): string => full.format(at);

/** Milliseconds → ISO 8601, for <time>. */
export const formatMachine = (at: number): string => new Date(at).toISOString();

/** The day of `at` as seen from `now`: "Today", "Yesterday", "Monday, 23 November", with the year once it is another one. */
export function formatDay(at: number, now: number): string {
  const day = new Date(at);
  const today = new Date(now);
  if (sameDay(day, today)) return t("timeline.today");
  today.setDate(today.getDate() - 1);
  if (sameDay(day, today)) return t("timeline.yesterday");
  return (day.getFullYear() === new Date(now).getFullYear() ? weekday : withYear).format(day);
}

function sameDay(a: Date, b: Date): boolean {
  return a.getDate() === b.getDate() && a.getMonth() === b.getMonth() && a.getFullYear() === b.getFullYear();
}

/** Two letters for a picture: the first ones of two words, or of one. Whole graphemes, so no letter is cut in half. */
export function initials(name: string): string {
  const words = name.split(/[\s\-_.]+/u).filter(Boolean);
  const first = graphemes(words[0] ?? name, 2);
  const second = words.length > 1 ? graphemes(words[1] ?? "", 1)[0] : first[1];
  return `${first[0] ?? ""}${second ?? ""}`.toLocaleUpperCase();
}

function graphemes(text: string, count: number): string[] {
  const found: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    found.push(segment);
    if (found.length === count) break;
  }
  return found;
}

/** A steady hue, 0 to 359, for a name. */
export function hueOf(name: string): number {
  let hash = 2166136261; // FNV-1a
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return (hash >>> 0) % 360;
}

/** How many characters (code points) text has: what the server counts. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const low = text.charCodeAt(i);
    const high = text.charCodeAt(i - 1);
    if (low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff) count--;
  }
  return count;
}
