/** What a page costs: tasks that keep it from answering, and memory. */

const categories = ["-*", "disabled-by-default-devtools.timeline"];

/**
 * The longest tasks of a page's main thread while `act` runs, in milliseconds: `wall` as the clock says, `cpu` without the
 * time in which the machine did something else. On a machine that nobody else uses they are the same.
 */
export async function longestTasks(page, act) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories });
  let trace;
  try {
    await act();
  } finally {
    trace = JSON.parse((await browser.stopTracing()).toString());
  }
  const { pid, tid } = mainThread(trace.traceEvents);
  const tasks = trace.traceEvents.filter((event) => event.name === "RunTask" && event.pid === pid && event.tid === tid);
  const longest = (time) => tasks.reduce((most, task) => Math.max(most, time(task)), 0) / 1000;
  // The clock of a thread may count what the machine did meanwhile, but a task takes no longer than it lasts.
  return { tasks: tasks.length, wall: longest(({ dur = 0 }) => dur), cpu: longest(({ dur = 0, tdur = dur }) => Math.min(dur, tdur)) };
}

/**
 * The longest task in which the browser alone puts the rows of a page on the screen, copied as they are, so many times:
 * a floor for any client that shows these rows, and what the machine adds to it while this one is measured.
 */
export function floor(page, times) {
  return longestTasks(page, () => page.evaluate(showCopies, times));
}

/** Runs in the page. */
async function showCopies(times) {
  const rows = [...document.querySelectorAll("[role=log] [data-id]")];
  const over = document.body.appendChild(document.createElement("div"));
  over.ariaHidden = "true";
  Object.assign(over.style, { position: "fixed", inset: 0, overflow: "hidden", background: "Canvas" });
  try {
    for (let time = 0; time < times; time++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      over.replaceChildren(...rows.map((row) => row.cloneNode(true)));
    }
  } finally {
    over.remove();
  }
}

/** The memory that a page's JavaScript uses once all that can be freed is, in megabytes (10^6 bytes). */
export async function heap(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.enable");
  await devtools.send("HeapProfiler.collectGarbage");
  await devtools.send("HeapProfiler.collectGarbage"); // what the first one finalised
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  await devtools.detach();
  return usedSize / 1e6;
}

/** The main thread that worked most: the other renderers stand by. */
function mainThread(events) {
  const threads = events.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain");
  const work = ({ pid, tid }) => events.reduce((count, event) => count + (event.pid === pid && event.tid === tid ? 1 : 0), 0);
  return threads.map((thread) => ({ thread, work: work(thread) })).sort((a, b) => b.work - a.work)[0].thread;
}
