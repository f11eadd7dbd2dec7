/** Watches how the messages move on the screen while somebody scrolls. */

/** Begins to watch in a page. What was seen is told by `motion` and `stand`. */
export async function watchScrolling(page) {
  await page.evaluate(install);
}

/**
 * Frames since the last call in which rows moved otherwise than the wheel or a key asked for, or not all alike. Rows that
 * stand on the screen must not move because others come, go or turn out to be of another height.
 */
export function jumps(page) {
  return page.evaluate(() => window.e2eScroll.jumps.splice(0));
}

/** Waits until nothing moves, and tells the pixels left above and below. */
export function stand(page) {
  return page.evaluate(() => window.e2eScroll.stand());
}

/** Runs in the page. Looks after each frame, when what it shows has been decided. */
function install() {
  const SLACK = 2; // pixels
  const log = document.querySelector("[role=log]");
  const jumps = [];
  let before = new Map();
  let owed = 0; // pixels that the wheel asked for and that have not come yet; positive: towards older messages
  let excused = 0; // frames in which a key may have moved everything
  let frame = 0;

  log.addEventListener("wheel", (event) => (owed -= event.deltaY), { passive: true });
  log.addEventListener("keydown", () => (excused = 2), { capture: true });
  /** Where the rows are that can be seen. */
  const places = () => {
    const { top, bottom } = log.getBoundingClientRect();
    const boxes = Array.from(log.querySelectorAll("[data-id]"), (row) => [row.dataset.id, row.getBoundingClientRect()]);
    return new Map(boxes.filter(([, box]) => box.bottom > top && box.top < bottom).map(([id, box]) => [id, box.bottom]));
  };
  const below = () => log.scrollHeight - log.clientHeight - log.scrollTop;

  const look = () => {
    frame++;
    const now = places();
    const moves = [...now].filter(([id]) => before.has(id)).map(([id, bottom]) => bottom - before.get(id));
    if (excused > 0) excused--;
    else if (before.size > 0) judge(moves);
    before = now;
    // What is asked for beyond an end does not come later.
    if ((owed > 0 && log.scrollTop < 1) || (owed < 0 && below() < 1)) owed = 0;
  };
  const judge = (moves) => {
    const [least, most] = [Math.min(...moves), Math.max(...moves)];
    if (moves.length === 0) {
      if (Math.abs(owed) < log.clientHeight * 0.8) jumps.push(`no row stayed, with ${owed} asked for`);
      owed = 0;
    } else if (most - least > SLACK) jumps.push(`rows moved by ${least} to ${most}`);
    else if (least < Math.min(0, owed) - SLACK || most > Math.max(0, owed) + SLACK) jumps.push(`rows moved by ${least} with ${owed} asked for`);
    else owed -= least;
  };
  const painted = new MessageChannel();
  painted.port1.onmessage = look;
  const tick = () => {
    painted.port2.postMessage(null); // handled after this frame is painted
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);

  const frames = async (count) => {
    for (const end = frame + count; frame < end; ) await new Promise((resolve) => setTimeout(resolve, 4));
  };
  window.e2eScroll = {
    jumps,
    async stand() {
      for (let last = NaN; last !== log.scrollTop; ) {
        last = log.scrollTop;
        await frames(3);
      }
      owed = 0;
      return { above: log.scrollTop, below: below() };
    },
  };
}
