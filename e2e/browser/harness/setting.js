/** Places where people have talked. */
import { Voice } from "./voice.js";

/** Every kind of message. */
const texts = [
  "Good morning. The **drain** test is green with 15,000 clients now: the last one reconnected after 9.4 s.",
  "Spread over the whole window, *not* in a burst:\n\n- 1,500 a second at most\n- nothing lost\n- ~~one retry~~ no retries",
  "```\ndrain_seconds_bucket{le=\"5\"} 7421\ndrain_seconds_bucket{le=\"10\"} 15000\n```",
  "> Is the retry time in the close frame?\n\nIt is: `{\"code\":\"draining\",\"retry_ms\":1840}`, see https://example.org/docs/protocol#closing",
  "מה שלום כולם? הגרסה החדשה עובדת.",
  "السلام عليكم، هل وصلت الرسالة رقم 42؟",
  `A-word-without-a-break-${"long".repeat(40)}`,
  "🦜",
  "Shown last",
];

/** Says all of them and waits until they are in the log. */
export async function talkative(person) {
  for (const text of texts) await person.say(text);
  await person.sees("Shown last");
}

const channels = {
  releases: "What ships when",
  "on-call": "Who is woken at night, and by what",
  quiet: "",
  "a-name-as-long-as-a-channel-may-have-one": "Its topic is long, too: it goes on for so many words that no header has room for all of them, whatever the width",
};
const talk = [
  ["ben", "The new log commits are in. Three members, batches of five hundred, and the tail still never skips a number."],
  ["ben", "Numbers are in [docs/benchmarks.md](https://example.org/docs/benchmarks.md); run `make bench` to repeat them."],
  ["ben", "Does anyone want the raw histograms?"],
  ["jonas", "Yes please. I want to see what the flush workers do to the tail at five thousand sockets."],
  ["twila", "> Yes please.\n\nMe too. What I saw yesterday:\n\n```\ndrain_seconds_bucket{le=\"5\"}  7421\ndrain_seconds_bucket{le=\"10\"} 15000\n```"],
  ["מיכל", "שלום לכולם! הגרסה החדשה עובדת, תודה."],
  ["twila", "Staging runs the new image. Please try to break it before lunch."],
];

/** A town of five channels where people talk. `news()` says something where nobody looks. */
export async function town(address) {
  const voices = new Map();
  for (const name of new Set(talk.map(([name]) => name))) voices.set(name, await Voice.enter(address, name, channels));
  for (const [name, text] of talk) await voices.get(name).say(text);
  return {
    news: async () => {
      for (let i = 1; i <= 12; i++) await voices.get("jonas").say(`Paged again, number ${i}.`, "on-call");
      for (const text of ["Tomorrow at ten.", "Or at eleven."]) await voices.get("twila").say(text, "releases");
    },
    leave: () => voices.forEach((voice) => voice.leave()),
  };
}
