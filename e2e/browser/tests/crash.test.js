/** The server dies as in a crash, and is started again over the same file. */
import assert from "node:assert/strict";
import { scene } from "../harness/scene.js";
import { agree, once } from "../harness/talk.js";
import { until } from "../harness/until.js";

const MESSAGES = 12; // of each person
const CRASHES = 4;

scene("the server is killed again and again while two people type and send", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  s.expectBreaks();
  const said = [];
  const speak = async (person) => {
    for (let i = 1; i <= MESSAGES; i++) {
      await person.composer.pressSequentially(once(person, i), { delay: 15 });
      await person.composer.press("Enter");
      said.push(once(person, i));
    }
  };
  const talking = Promise.all([speak(anna), speak(ben)]);
  const each = (2 * MESSAGES) / (CRASHES + 1);
  for (let crash = 1; crash <= CRASHES; crash++) {
    await until(`crash ${crash} comes in the middle`, () => said.length >= crash * each, 30_000);
    await s.server.crash();
    await s.server.start();
  }
  await talking;
  await agree(s, said, 45_000);
  for (const person of [anna, ben]) assert.match(await person.focused(), /^TEXTAREA Message #general/u);
  await anna.say(once(anna, "after all"));
  await ben.sees(once(anna, "after all"));
}, { timeout: 120_000 });

scene("an acknowledged message survives the crash that follows at once", async (s) => {
  const anna = await s.enter("anna");
  s.expectBreaks();
  for (let i = 1; i <= 3; i++) {
    await anna.say(once(anna, i));
    await anna.row(once(anna, i)).waitFor();
    await until("it is acknowledged", () => anna.settled());
    await s.server.crash();
    await s.server.start();
  }
  await agree(s, [1, 2, 3].map((i) => once(anna, i)), 30_000);
});
