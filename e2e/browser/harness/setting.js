/** A place where people have talked, with every kind of message. */

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
