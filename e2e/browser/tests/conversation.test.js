/** People talk, and see the same. */
import assert from "node:assert/strict";
import { scene } from "../harness/scene.js";
import { agree, once } from "../harness/talk.js";
import { until } from "../harness/until.js";

scene("two people in two browsers talk at once and see one order", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  const said = [];
  const speak = async (person) => {
    for (let i = 1; i <= 8; i++) {
      said.push(once(person, i));
      await person.say(once(person, i));
    }
  };
  await Promise.all([speak(anna), speak(ben)]);
  await agree(s, said);
});

scene("two tabs of one browser are two people, also after a reload", async (s) => {
  const context = await s.browser();
  const network = await s.network();
  const anna = await s.enter("anna", { context, network });
  const ben = await s.enter("ben", { context, network });
  await anna.say(once(anna, 1));
  await ben.sees(once(anna, 1));
  await ben.say(once(ben, 1));
  await Promise.all([anna.page.reload(), ben.page.reload()]);
  for (const person of [anna, ben]) {
    await person.composer.waitFor();
    await person.page.getByRole("button", { name: `You: ${person.name}` }).waitFor();
    await person.say(once(person, 2));
  }
  await agree(s, [once(anna, 1), once(ben, 1), once(anna, 2), once(ben, 2)]);
});

scene("a message on a slow network stands there at once, says Sending, and becomes the one in the log", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  await ben.say(once(ben, 1)); // so that anna's begins a group of its own
  await anna.sees(once(ben, 1));
  anna.network.delay = 600;
  const began = Date.now();
  await anna.say(once(anna, 1));
  const row = anna.row(once(anna, 1));
  await row.waitFor();
  const shown = Date.now() - began;
  const id = await idOf(row);
  assert.equal(await row.getByText("Sending").count(), 0, "no word before it is late");
  await row.getByText("Sending").waitFor();
  await anna.say(once(anna, 2)); // in the same group
  await anna.row(once(anna, 2)).getByText("Sending").waitFor();
  await until("it is acknowledged", () => anna.settled());
  anna.network.delay = 0;
  assert.ok(shown < 500, `the row came ${shown} ms after Enter, sooner than the 1,200 ms of the network`);
  assert.equal(await idOf(row), id, "the row stays the same");
  await row.locator("time").waitFor();
  await agree(s, [once(ben, 1), once(anna, 1), once(anna, 2)]);
});

function idOf(row) {
  return row.evaluate((element) => element.closest("[data-id]").dataset.id);
}
