/** The network goes and comes back; nothing is lost, doubled or out of order. */
import assert from "node:assert/strict";
import { scene } from "../harness/scene.js";
import { agree, once } from "../harness/talk.js";
import { until } from "../harness/until.js";

scene("the network is cut in mid-conversation with messages on their way on both sides", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  s.expectBreaks();
  const said = [];
  const say = async (person, from, to) => {
    for (let i = from; i <= to; i++) {
      said.push(once(person, i));
      await person.say(once(person, i));
    }
  };
  await Promise.all([say(anna, 1, 2), say(ben, 1, 2)]);
  const talking = Promise.all([say(anna, 3, 8), say(ben, 3, 8)]);
  await anna.row(once(anna, 3)).waitFor();
  anna.network.cut();
  ben.network.cut();
  await talking;
  for (const person of [anna, ben]) await person.row(once(person, 8)).getByText("Waits for the connection").waitFor();
  ben.network.restore();
  await ben.sees(once(ben, 8));
  await say(ben, 9, 10); // while anna is still away
  await say(anna, 9, 10);
  anna.network.restore();
  await agree(s, said);
});

scene("the line about the connection comes after two seconds, counts down, and Try now does", async (s) => {
  const anna = await s.arrive("anna");
  await anna.page.evaluate(lastJitter); // the waits grow as they do for the unluckiest
  await anna.enter();
  s.expectBreaks();
  await anna.page.evaluate(noteBanner);
  const cutAt = Date.now();
  anna.network.cut();
  await anna.connectionLine.waitFor();
  const after = (await anna.page.evaluate(() => window.e2eBannerAt)) - cutAt;
  s.say(`the line came ${after} ms after the cut`);
  assert.ok(after >= 1990, `the line came after ${after} ms already`);
  const seconds = await until("a wait of five seconds or more", async () => {
    const told = /Trying again in (\d+)\s?s/u.exec(await anna.connectionLine.textContent());
    return told && Number(told[1]) >= 5 && Number(told[1]);
  }, 25_000);
  await until("it counts down", async () => (await anna.connectionLine.textContent()).includes(`in ${seconds - 1}`), 3_000);
  await anna.say(once(anna, 1));
  anna.network.restore();
  await anna.page.getByRole("button", { name: "Try now" }).click();
  const pressedAt = Date.now();
  await anna.connectionLine.waitFor({ state: "detached" });
  assert.ok(Date.now() - pressedAt < (seconds - 2) * 1000, "it did not wait for the end of the countdown");
  await agree(s, [once(anna, 1)]);
});

scene("a network that stalls without a word is noticed, and what went twice counts once", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  s.expectBreaks();
  anna.network.stall();
  await anna.say(once(anna, 1));
  await anna.say(once(anna, 2));
  await ben.say(once(ben, 1));
  await anna.connectionLine.waitFor({ timeout: 40_000 });
  // What was held comes to the server now, over the connection that was given up, and again over the new one.
  anna.network.restore();
  await agree(s, [once(ben, 1), once(anna, 1), once(anna, 2)], 30_000);
  await anna.connectionLine.waitFor({ state: "detached" });
});

scene("messages that were not sent before a reload are sent after it, once", async (s) => {
  const anna = await s.enter("anna");
  s.expectBreaks();
  await anna.say(once(anna, 1));
  await until("it is acknowledged", () => anna.settled());
  anna.network.cutSockets();
  for (const i of [2, 3, 4]) await anna.say(once(anna, i));
  await anna.row(once(anna, 4)).getByText("Waits for the connection").waitFor();
  await anna.page.reload();
  for (const i of [2, 3, 4]) await anna.row(once(anna, i)).getByText("Waits for the connection").waitFor();
  await anna.say(once(anna, 5)); // one can go on writing before there is a connection
  await anna.connectionLine.waitFor();
  anna.network.restore();
  await agree(s, [1, 2, 3, 4, 5].map((i) => once(anna, i)));
  await anna.page.reload();
  await anna.composer.waitFor();
  await agree(s, [1, 2, 3, 4, 5].map((i) => once(anna, i)));
});

scene("messages of a tab that was closed are sent by the next tab of the same person", async (s) => {
  const context = await s.browser();
  const network = await s.network();
  const first = await s.enter("anna", { context, network });
  s.expectBreaks();
  network.cutSockets();
  for (const i of [1, 2]) await first.say(once(first, i));
  await first.row(once(first, 2)).getByText("Waits for the connection").waitFor();
  await first.page.close();
  s.people.pop();
  network.restore();
  const second = await s.arrive("anna", { context, network });
  assert.equal(await second.page.getByLabel("Your name").inputValue(), "anna", "the name is suggested");
  await second.page.keyboard.press("Enter");
  await agree(s, [once(first, 1), once(first, 2)]);
});

/** Runs in the page: random numbers are near 1 from now on. */
function lastJitter() {
  let drawn = 0;
  Math.random = () => 0.9 + (drawn++ % 1000) / 10_000;
}

/** Runs in the page: notes when the line about the connection comes. */
function noteBanner() {
  const observer = new MutationObserver(() => {
    if (!document.querySelector(".banner")) return;
    window.e2eBannerAt = Date.now();
    observer.disconnect();
  });
  observer.observe(document.body, { childList: true, subtree: true });
}
