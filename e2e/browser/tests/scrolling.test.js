/** A channel of 50,000 messages: nothing jumps, no task keeps the page from answering, and memory stays in bounds. */
import assert from "node:assert/strict";
import { floor, heap, longestTasks } from "../harness/cost.js";
import { fill } from "../harness/crowd.js";
import { ends } from "../harness/history.js";
import { scene } from "../harness/scene.js";
import { jumps, stand, watchScrolling } from "../harness/scrollwatch.js";
import { until } from "../harness/until.js";

const MESSAGES = 50_000;
const TURN = 480; // pixels of one turn of the wheel, some three clicks: less than a screen, so that rows can be followed
const TURNS = 300; // each way
const TASK = 50; // milliseconds of the thread's own time: a machine that is busy with other things stretches the clock's
const OVER = 2; // times the floor, where a machine is so busy that the browser alone takes as long for rows that are copied
const COPIES = 300; // frames of the floor
const HEAP = 60; // megabytes

scene(`${MESSAGES} messages are scrolled through by wheel and keyboard, from the newest to the oldest and back`, async (s) => {
  await fill(s.server.address, 1, MESSAGES);
  const [first, last] = await ends(s.server.address);
  assert.equal(last.seq, MESSAGES);
  const anna = await s.enter("anna");
  await until("the newest message", () => shows(anna, last));
  await watchScrolling(anna.page);
  const measured = measurer(s, anna);

  await anna.log.hover();
  await measured("by wheel to older messages", async () => {
    await wheel(anna, -TURN);
    assert.ok((await oldest(anna)) < MESSAGES - 1_500, "many pages were loaded on the way");
  });
  await measured("by wheel back to the newest", () => wheel(anna, TURN));
  assert.ok(await shows(anna, last));

  await anna.composer.focus();
  await anna.page.keyboard.press("Shift+Tab");
  await measured("by Home, again and again, to the first", () => home(anna));
  assert.ok(await shows(anna, first));
  await measured("by pages at the beginning, and to the end", async () => {
    for (let i = 0; i < 60; i++) await anna.page.keyboard.press("PageDown");
    for (let i = 0; i < 20; i++) await anna.page.keyboard.press("PageUp");
    await anna.page.keyboard.press("End");
    await stand(anna.page);
  });
  assert.ok(await shows(anna, last));

  measured.judge();

  const used = await heap(anna.page);
  s.say(`client budget: ${MESSAGES} messages loaded: heap ${used.toFixed(1)} of ${HEAP} MB`);
  assert.ok(used <= HEAP, `a heap of ${used} MB`);
}, { flags: ["--rate", "0"], timeout: 240_000 });

/** Does something and tells what it cost; nothing may have jumped. `judge` holds all of it to the budget. */
function measurer(s, person) {
  const costs = [];
  const floors = [];
  const measured = async (what, act) => {
    const { cpu, wall } = await longestTasks(person.page, act);
    assert.deepEqual(await jumps(person.page), [], `rows jumped ${what}`);
    costs.push({ what, cpu });
    floors.push((await floor(person.page, COPIES)).cpu);
    s.say(`client budget: ${what}: longest task ${cpu.toFixed(1)} of ${TASK} ms (${wall.toFixed(1)} ms by the clock; the floor's ${floors.at(-1).toFixed(1)} ms)`);
  };
  measured.judge = () => {
    const most = Math.max(TASK, OVER * Math.max(...floors));
    for (const { what, cpu } of costs) assert.ok(cpu <= most, `a task of ${cpu} ms ${what}, of ${most} ms`);
  };
  return measured;
}

/** Turns the wheel, as fast as pages come in some places and with rests in others. */
async function wheel(person, step) {
  for (let turn = 0; turn < TURNS; turn++) {
    await person.page.mouse.wheel(0, step);
    if (turn % 8 === 0) await stand(person.page);
  }
  await stand(person.page);
}

/** Presses Home until there are no older messages. Each time the row with the focus must stay where it is while they are loaded. */
async function home(person) {
  for (let times = 0; times < 1_000; times++) {
    await person.page.keyboard.press("Home");
    if (!(await person.page.evaluate(olderCame))) return;
  }
  throw new Error("there is no end to older messages");
}

/** Runs in the page: waits for older messages above the first; false when there are none. */
async function olderCame() {
  const log = document.querySelector("[role=log]");
  while (!log.querySelector(".beginning")) {
    if (log.scrollTop > 1_000) return true;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return log.scrollTop > 1_000;
}

/** The number of the oldest message that is rendered. */
function oldest(person) {
  return person.log.evaluate((log) => Number(/Message (\d+):/u.exec(log.querySelector("[data-id]").textContent)[1]));
}

/** Whether a message is rendered. */
function shows(person, { id }) {
  return person.log.evaluate((log, wanted) => log.querySelector(`[data-id="${CSS.escape(wanted)}"]`) !== null, id);
}
