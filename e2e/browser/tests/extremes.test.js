/** Small windows, long words, other scripts and directions, many channels, no motion: everything stays readable and in reach. */
import assert from "node:assert/strict";
import { scene } from "../harness/scene.js";
import { until } from "../harness/until.js";
import { Voice } from "../harness/voice.js";

const texts = [
  "W".repeat(300),
  `https://example.org/${"a-very-long-path/".repeat(20)}`,
  `\`\`\`\n${"a line of code without an end ".repeat(20)}\n\`\`\``,
  `**${"bold".repeat(60)}** and \`${"code".repeat(60)}\``,
  "السلام عليكم\n\n1. أولا\n2. ثانيا\n\n> اقتباس",
];
const windows = {
  "a small phone": { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true },
  "a laptop at 200%": { viewport: { width: 640, height: 400 } },
};

for (const [what, options] of Object.entries(windows)) {
  scene(`nothing is wider than ${what}, and dialogs and menus fit into it`, async (s) => {
    const name = "W".repeat(32);
    const voice = await Voice.enter(s.server.address, name);
    for (const text of texts) await voice.say(text);
    const anna = await s.enter("anna", { context: await s.browser({ ...options, locale: "ar" }) });
    const { page } = anna;
    await anna.sees("اقتباس");
    await anna.log.evaluate((log) => (log.scrollTop = 0));
    await anna.row(name).first().waitFor();
    assert.deepEqual(await anna.log.evaluate(sticksOut), []);
    for (const kind of ["ol", "blockquote"]) {
      assert.equal(await anna.log.locator(kind).evaluate((element) => getComputedStyle(element).direction), "rtl", `an Arabic ${kind}`);
    }

    await page.getByRole("button", { name: "About #general" }).click();
    await fits(page.getByRole("menu"));
    assert.equal(await page.getByRole("menu").evaluate((menu) => getComputedStyle(menu).direction), "ltr", "the menu is in English");
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
    await page.keyboard.press("Control+/");
    await fits(page.getByRole("dialog", { name: "Keyboard shortcuts" }).getByRole("button", { name: "Close" }));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Channels" }).click();
    await until("the list has the focus", async () => /^A general/u.test(await anna.focused()));
    await page.getByRole("button", { name: /^You:/u }).click();
    await fits(page.getByRole("menu"));
  });
}

scene("among many channels the open one is in view in the list", async (s) => {
  const names = Array.from({ length: 60 }, (_, i) => `team-${String(i).padStart(2, "0")}`);
  const voice = await Voice.enter(s.server.address, "ben", Object.fromEntries(names.map((each) => [each, `What ${each} does`])));
  const anna = await s.enter("anna");
  for (const each of names) {
    await anna.page.evaluate((channel) => (location.hash = `#/${channel}`), each);
    await anna.page.getByRole("heading", { name: each, exact: true }).waitFor();
  }
  await fits(anna.page.getByRole("link", { name: "team-59" }));
  await anna.page.getByRole("link", { name: "general" }).click();
  await anna.page.getByRole("heading", { name: "general", exact: true }).waitFor();
  await anna.page.keyboard.press("Alt+ArrowUp"); // around the end
  await fits(anna.page.getByRole("link", { name: "team-59" }));
  await voice.say("over here", "team-42");
  await until("it is told of", async () => (await anna.page.title()).startsWith("(1)"));
  await anna.page.keyboard.press("Alt+Shift+ArrowDown");
  await anna.sees("over here");
  await fits(anna.page.getByRole("link", { name: "team-42" }));
}, { flags: ["--rate", "0"], timeout: 120_000 });

scene("nothing moves for who wants no motion", async (s) => {
  const anna = await s.enter("anna", { context: await s.browser({ reducedMotion: "reduce" }) });
  await anna.page.evaluate(watchMotion);
  await anna.say("hello");
  await anna.row("hello").hover();
  await anna.page.getByRole("button", { name: "You: anna" }).click();
  await anna.page.getByRole("menu").waitFor();
  await anna.page.keyboard.press("Escape");
  await anna.page.getByRole("menu").waitFor({ state: "detached" });
  await anna.page.keyboard.press("Control+k");
  await anna.page.getByRole("combobox").waitFor();
  assert.deepEqual(await anna.page.evaluate(() => window.e2eMotion), []);
});

/** Waits until the whole of an element is in the window and nothing lies over its middle. */
async function fits(target) {
  await until(`${target} is wholly in the window`, () => target.evaluate(isInReach), 5_000);
}

/** Runs in the page. */
function isInReach(element) {
  const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const inside = left >= 0 && top >= 0 && right <= clientWidth && bottom <= clientHeight;
  return inside && element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}

/** Runs in the page: what reaches over the edge of the log, except inside of what scrolls by itself. */
function sticksOut(log) {
  const edge = log.getBoundingClientRect();
  const out = [...log.querySelectorAll("*")].filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return element.checkVisibility() && !element.closest("pre *, .hidden") && (left < edge.left || right > edge.right + 0.5);
  });
  return out.map((element) => element.outerHTML.slice(0, 80));
}

/** Runs in the page: notes every animation and transition that begins. */
function watchMotion() {
  window.e2eMotion = [];
  for (const type of ["animationstart", "transitionrun"]) {
    document.addEventListener(type, ({ target }) => window.e2eMotion.push(`${type} of ${target.className}`), true);
  }
}
