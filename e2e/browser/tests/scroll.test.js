/** A long channel is scrolled through, from its end to its beginning. */
import assert from "node:assert/strict";
import { fill } from "../harness/fill.js";
import { scene } from "../harness/scene.js";
import { until } from "../harness/until.js";

const MESSAGES = 20_000;
const HEAP = 60; // MiB that the page may keep
const TASK = 50; // milliseconds that one task may take; a busy machine makes tasks longer, so this is told and not judged

scene(
  `${MESSAGES} messages are scrolled through without a jump, in little memory`,
  async (s) => {
    await fill(s.server.address, MESSAGES, (i) => `message ${i}${i % 7 === 0 ? "\nof two lines" : ""}`);
    const anna = await s.enter("anna");
    await anna.sees(`message ${MESSAGES}`);
    await anna.page.evaluate(() => {
      window.longTasks = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
      }).observe({ type: "longtask" });
    });

    const jumps = [];
    await until(
      "the beginning comes into sight",
      async () => {
        jumps.push(...(await anna.log.evaluate(scrollUp)));
        return await anna.row(/^.*message 1$/u).first().isVisible();
      },
      240_000,
    );
    assert.ok(Math.max(0, ...jumps) <= 2, `rows stay where they are while older ones come: moved by ${Math.max(...jumps)} px`);

    await anna.page.keyboard.press("Shift+Tab"); // from the composer to the messages
    await anna.page.getByRole("button", { name: /latest/iu }).click();
    await anna.sees(`message ${MESSAGES}`);

    const session = await anna.page.context().newCDPSession(anna.page);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const heap = usedSize / 2 ** 20;
    const longTasks = await anna.page.evaluate(() => window.longTasks);
    const longest = Math.max(0, ...longTasks);
    s.say(`client budget: ${MESSAGES} messages scrolled, heap ${heap.toFixed(1)} MiB of ${HEAP}, ${longTasks.length} tasks over ${TASK} ms, the longest ${longest} ms`);
    assert.ok(heap <= HEAP, `the heap is ${heap.toFixed(1)} MiB`);
  },
  { flags: ["--rate", "0"], timeout: 300_000 },
);

/**
 * Runs in the page: goes up by screens for a while. Gives by how many pixels the row at the top moved, beyond the step,
 * whenever older rows were put before it.
 */
async function scrollUp(log) {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const moved = [];
  for (let i = 0; i < 150; i++) {
    log.scrollTop -= log.clientHeight * 0.8;
    await frame();
    await frame();
    const top = log.getBoundingClientRect().top;
    const row = [...log.querySelectorAll("[data-id]")].find((element) => element.getBoundingClientRect().top >= top);
    if (!row) continue;
    const before = row.getBoundingClientRect().top;
    const height = log.scrollHeight;
    await frame();
    await frame();
    if (row.isConnected && log.scrollHeight !== height) moved.push(Math.abs(row.getBoundingClientRect().top - before));
  }
  return moved;
}
