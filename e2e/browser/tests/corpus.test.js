/** Everything in corpus/hostile.json, wherever people may write it, shown in a real page under the shipped policy. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { scene } from "../harness/scene.js";
import { strange, Trap } from "../harness/trap.js";
import { until } from "../harness/until.js";
import { Voice } from "../harness/voice.js";

const corpus = JSON.parse(readFileSync(new URL("../corpus/hostile.json", import.meta.url), "utf8"));
const flags = ["--rate", "0"];

scene("hostile texts and link targets are only shown", async (s) => {
  const said = [...corpus.texts, ...corpus.links.flatMap((link) => [link, `[press](${link})`, `<${link}>`])];
  const mallory = await Voice.enter(s.server.address, "mallory");
  const { taken, refused } = await tryAll(said, (text) => mallory.say(text));
  await mallory.say("the last one");
  // What was said last stands in the preview, too, before anybody enters.
  const { anna, trap } = await trapped(s);
  await anna.enter();
  await anna.sees("the last one");
  // Reading from the beginning loads what is older, page by page.
  await until("each of them is a row", async () => (await anna.conversation()).length === taken.length + 1, 30_000);
  assert.ok(taken.length > said.length * 0.9, `refused: ${refused}`);
  await lookAround(anna, trap);
  mallory.leave();
}, { flags });

scene("hostile names of people are only shown", async (s) => {
  const voices = [];
  const { taken } = await tryAll(corpus.names, async (name) => {
    const voice = await Voice.enter(s.server.address, name);
    voices.push(voice);
    await voice.say("hello");
  });
  const { anna, trap } = await trapped(s);
  await anna.enter();
  await until("all of them are there", async () => (await anna.conversation()).length === taken.length);
  assert.ok(taken.length >= corpus.names.length / 2, `${taken.length} names were taken`);
  await lookAround(anna, trap);
  for (const voice of voices) voice.leave();
}, { flags });

scene("hostile names and topics of channels are only shown", async (s) => {
  const mallory = await Voice.enter(s.server.address, "mallory");
  const named = await tryAll(corpus.channels, (channel) => mallory.create(channel, `about ${channel}`));
  const about = await tryAll(corpus.topics.map((topic, i) => [`topic-${i}`, topic]), ([channel, topic]) => mallory.create(channel, topic));
  assert.ok(named.taken.length > 5 && about.taken.length > 5, `${named.taken.length} names and ${about.taken.length} topics were taken`);
  const { anna, trap } = await trapped(s);
  await anna.enter();
  for (const channel of [...named.taken, ...about.taken.map(([name]) => name)]) {
    await anna.page.goto(`${anna.network.origin}/#/${encodeURIComponent(channel)}`);
    await anna.page.getByRole("heading", { level: 1, name: channel, exact: true }).waitFor();
    assert.deepEqual(await anna.page.evaluate(strange), [], channel);
  }
  await anna.page.keyboard.press("Control+k");
  await anna.page.getByRole("combobox").fill("o");
  await anna.page.getByRole("option").first().waitFor();
  await lookAround(anna, trap);
  // Addresses of channels that cannot be lead to one that is.
  await anna.page.keyboard.press("Escape");
  for (const refused of corpus.channels.filter((channel) => !named.taken.includes(channel))) {
    await anna.page.goto(`${anna.network.origin}/#/${encodeURIComponent(refused)}`);
    await until("the address is put right", () => anna.page.url().endsWith(`#/${about.taken.at(-1)[0]}`));
  }
  await lookAround(anna, trap);
  mallory.leave();
}, { flags });

/** A page with a trap in it, of somebody who has not entered. */
async function trapped(s) {
  const context = await s.browser();
  const network = await s.network();
  let trap;
  context.on("page", (page) => (trap ??= Trap.lay(page, network.origin)));
  const anna = await s.arrive("anna", { context, network });
  trap = await trap;
  await anna.page.reload(); // with the trap laid, whatever came first
  return { anna, trap };
}

/** Does `act` with each of them, and tells which the server took. */
async function tryAll(all, act) {
  const taken = [];
  const refused = [];
  for (const each of all) {
    await act(each).then(
      () => taken.push(each),
      (error) => refused.push(`${JSON.stringify(each)}: ${error.message}`),
    );
  }
  return { taken, refused };
}

/** Points at everything, and then nothing may have happened. */
async function lookAround(person, trap) {
  assert.deepEqual(await person.page.evaluate(strange), [], "elements that no part of the page made");
  await person.page.evaluate(pointAtEverything);
  assert.deepEqual(trap.wrong, []);
}

/** Runs in the page: what a pointer and the focus would set off. */
function pointAtEverything() {
  const kinds = ["pointerover", "mouseover", "mouseenter", "focus", "focusin", "toggle", "load", "error", "animationstart"];
  for (const element of document.querySelectorAll("[role=log] *, header *, nav *")) {
    for (const kind of kinds) element.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}
