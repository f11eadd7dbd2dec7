/** A conversation with everything a timeline has to show, and long ones made of it. */
import type { Row } from "../../chat/model";
import { makeRow } from "./memoryChat";

const minute = 60_000;

/** Yesterday and today, as seen from `now`: groups, marks, code, deleted, edited, pending and failed rows, long and other scripts. */
export function conversation(now: number): Row[] {
  const today = new Date(now);
  today.setHours(8, 55, 0, 0);
  const day = today.getTime();
  const before = day - 16 * 60 * minute - 53 * minute;
  let seq = 0;
  const say = (user: string, at: number, text: string, more: Partial<Row> = {}) =>
    makeRow({ user, at, text, seq: ++seq, mine: user === "mika", ...more });
  return [
    say("anna", before, "The new log commits are in. Three members, batches of five hundred, and the tail still never skips a number."),
    say("anna", before + 10_000, "Numbers are in [docs/benchmarks.md](https://example.org/docs/benchmarks.md); run `make bench` to repeat them."),
    say("anna", before + minute, "Does anyone want the raw histograms?", { editedAt: before + 2 * minute }),
    say("jonas", before + 18 * minute, "Yes please. I want to see what the flush workers do to the tail at five thousand sockets."),
    say("twila", before + 22 * minute, "", { deleted: true }),
    say("twila", day, "Staging runs the new image. Please try to break it before lunch."),
    say("anna", day + 7 * minute, "@mika can you look at the drain window? Thirty seconds feels long for phones."),
    pending(now, "On it. I will try ten with the spread at half."),
    failed(now, "And here is the trace"),
  ];
}

/** What else may be written: every mark, long words, other scripts, long names. */
export function torture(now: number): Row[] {
  const at = now - 3 * 3600_000;
  let seq = 0;
  const say = (user: string, offset: number, text: string, more: Partial<Row> = {}) =>
    makeRow({ user, at: at + offset * minute, text, seq: ++seq, mine: user === "mika", ...more });
  return [
    say("anna", 0, "**Bold**, *italic*, ~~strike~~, `code`, https://example.org/a/very/long/path?with=query and <b>no html</b>"),
    say("anna", 1, "```\nfunc (l *Log) Append(ctx context.Context, entries []Entry) error {\n\treturn l.store.Append(ctx, entries) // a line that is longer than the room it has on a phone\n}\n```"),
    say("anna", 2, "> A quote of two lines\n> and the second\nand an answer\n\n- first\n- second with `code`\n- third\n\n1. one\n2. two"),
    say("מיכל", 8, "שלום לכולם! האם מישהו ראה את הגרסה החדשה `v2.1`?"),
    say("ليلى", 9, "مرحبا، تم نشر الإصدار الجديد في بيئة الاختبار."),
    say("A very long name of two and thirty", 20, "A name may be long."),
    say("Donaudampfschifffahrtsgesellscha", 21, `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ${"abcdefghij".repeat(12)}`),
    say("mika", 30, "One's own message, edited.", { editedAt: at + 31 * minute }),
    say("mika", 31, "Line one\nline two\n\nline four after an empty one"),
    say("林美玲", 40, "大家好，新版本已經部署到測試環境了。請在午餐前試試看。"),
    say("jonas", 41, "👍"),
    say("mika", 42, "An edit that is not saved", { change: "edit", sending: { state: "failed", code: "forbidden", message: "Only your own messages can be edited.", retry: false } }),
  ];
}

function pending(now: number, text: string): Row {
  return makeRow({ user: "mika", at: now, text, seq: 0, mine: true, change: "send", sending: { state: "waiting", since: Date.now() - 1000 } });
}

function failed(now: number, text: string): Row {
  const sending = { state: "failed", code: "too_fast", message: "Too many messages at once: at most 10 a second.", retry: true } as const;
  return makeRow({ user: "mika", at: now + 1000, text, seq: 0, mine: true, change: "send", sending });
}

const people = ["anna", "jonas", "twila", "mika", "soraya", "ben", "katrin", "oluwaseun"];
const sentences = [
  "Looks good to me.",
  "Could you run it again with the larger batch? The last numbers were from before the index changed.",
  "Done.",
  "I think the tail comes from the flush workers, not from the store; see the second graph.\nThe first one is from yesterday.",
  "`go test ./chatserver/...` passes here.",
  "Lunch?",
  "There is a **race** in the resume path when a replica changes while the ring is being filled, but only if the client names a rev that has just left it. I will write it up.",
];

/** `count` messages, the last one just before `now`. */
export function longConversation(count: number, now: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    const user = people[Math.floor(i / 3 + (i % 7) / 4) % people.length]!;
    const text = sentences[(i * 5 + Math.floor(i / 11)) % sentences.length]!;
    return makeRow({ user, text: `${text} (${i + 1})`, seq: i + 1, at: now - (count - i) * 80_000, mine: user === "mika" });
  });
}
