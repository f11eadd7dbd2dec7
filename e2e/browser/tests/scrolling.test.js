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
const WALKS = 3; // a task that is ours is in each; what the machine adds is somewhere else each time
const HEAP = 60; // megabytes

scene(`${MESSAGES} messages are scrolled through by wheel and keyboard, from the newest to the oldest and back`, async (s) => {
  await fill(s.server.address, 1, MESSAGES);
  const [first, last] = await ends(s.server.address);
  assert.equal(last.seq, MESSAGES);
  const anna = await s.enter("anna");
  const measured = measurer(s, anna);
  await walk(anna, first, last, measured);
  for (let walks = 1; measured.over().length > 0 && walks < WALKS; walks++) {
    s.say(`client budget: once more, for ${measured.over().join("; ")}`);
    await anna.page.reload();
    await walk(anna, first, last, measured);
  }
  assert.deepEqual(measured.over(), []);

  const used = await heap(anna.page);
  s.say(`client budget: ${MESSAGES} messages loaded: heap ${used.toFixed(1)} of ${HEAP} MB`);
  assert.ok(used <= HEAP, `a heap of ${used} MB`);
}, { flags: ["--rate", "0"], timeout: 600_000 });

/** From the newest message to the first and back, twice: by the wheel, and by keys. */
async function walk(anna, first, last, measured) {
  await until("the newest message", () => shows(anna, last));
  await watchScrolling(anna.page);

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
}

/** Does something and tells what it cost; nothing may have jumped. `over` says what has been over the budget each time. */
function measurer(s, person) {
  const least = new Map(); // by what was done
  let slowest = 0; // of all floors
  const measured = async (what, act) => {
    const { cpu, wall } = await longestTasks(person.page, act);
    assert.deepEqual(await jumps(person.page), [], `rows jumped ${what}`);
    const machine = (await floor(person.page, COPIES)).cpu;
    least.set(what, Math.min(cpu, least.get(what) ?? Infinity));
    slowest = Math.max(slowest, machine);
    s.say(`client budget: ${what}: longest task ${cpu.toFixed(1)} of ${TASK} ms (${wall.toFixed(1)} ms by the clock; the floor's ${machine.toFixed(1)} ms)`);
  };
  measured.over = () => {
    const most = Math.max(TASK, OVER * slowest);
    return [...least].filter(([, cpu]) => cpu > most).map(([what, cpu]) => `a task of ${cpu.toFixed(1)} of ${most.toFixed(1)} ms ${what}`);
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
