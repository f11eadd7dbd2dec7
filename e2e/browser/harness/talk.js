/** Conversations between people, and what must be true after them. */
import assert from "node:assert/strict";
import { history } from "./history.js";
import { until } from "./until.js";

/** A text that occurs once in a test; Watch sees to it that it is never shown twice. */
export function once(person, number) {
  return `once ${person.name} ${number}`;
}

/**
 * Waits until nothing is on its way any more, and then everybody and the log must have the same texts in the same order:
 * exactly `texts`, whatever their order.
 */
export async function agree(scene, texts, within = 20_000) {
  const wanted = [...texts].sort();
  const logged = await until(
    `${texts.length} messages in the log`,
    async () => {
      const found = (await history(scene.server.address)).map((message) => message.text);
      return found.length >= texts.length && found;
    },
    within,
  );
  assert.deepEqual([...logged].sort(), wanted, "the log has exactly what was sent");
  for (const person of scene.people) {
    await until(`everything of ${person.name} is acknowledged`, () => person.settled(), within);
    await person.sees(logged.at(-1), within);
    assert.deepEqual(await person.conversation(), logged, `what ${person.name} sees`);
  }
}
