/** What is new, where it shows, and when it counts as read. */
import assert from "node:assert/strict";
import { scene } from "../harness/scene.js";
import { until } from "../harness/until.js";

scene("another channel stands out with a count, here and in the title, until it is opened", async (s) => {
  const { anna, ben } = await twoChannels(s);
  await ben.say("first in the garden");
  await ben.say("second in the garden");
  const link = anna.page.getByRole("link", { name: /garden/u });
  await until("the count", async () => /2 unread messages/u.test(await link.textContent()));
  assert.equal(await anna.page.title(), "(2) general - Parley");
  assert.ok(await weightOf(link.getByText("garden", { exact: true })) >= 600, "it is bold");
  assert.ok(await weightOf(anna.page.getByRole("button", { name: "Create a channel" })) < 600);

  await link.click();
  await anna.sees("second in the garden");
  await anna.log.getByText("New", { exact: true }).waitFor();
  await until("the title", async () => (await anna.page.title()) === "garden - Parley");
  assert.doesNotMatch(await link.textContent(), /unread/u);

  // The divider stays where reading stopped until one leaves.
  await anna.say("my answer");
  await anna.sees("my answer");
  assert.deepEqual(await aroundDivider(anna), ["before the garden", "first in the garden"]);
  await anna.page.getByRole("link", { name: /general/u }).click();
  await anna.page.getByRole("heading", { name: "general" }).waitFor();
  await link.click();
  await anna.sees("my answer");
  assert.equal(await anna.log.getByText("New", { exact: true }).count(), 0);
  await anna.page.reload();
  await anna.sees("my answer");
  assert.doesNotMatch(await anna.page.title(), /\(/u);
});

scene("what is said in the channel on screen is read at once, if somebody looks at it", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  const badges = await anna.page.evaluateHandle(watchBadge);
  for (const text of ["while anna looks", "and looks on", "and on"]) {
    await ben.say(text);
    await anna.sees(text);
    assert.equal(await anna.page.title(), "general - Parley");
  }
  assert.deepEqual(await badges.jsonValue(), [], "title and icon told of nothing, not even for a moment");
  await anna.page.evaluate(look, false);
  await ben.say("while anna looks elsewhere");
  await until("the title tells", async () => (await anna.page.title()) === "(1) general - Parley");
  assert.deepEqual(await aroundDivider(anna), ["and on", "while anna looks elsewhere"]);
  await anna.page.evaluate(look, true);
  await until("it was read", async () => (await anna.page.title()) === "general - Parley");
});

scene("who reads further up is not moved, and is told how many came", async (s) => {
  const anna = await s.enter("anna");
  const ben = await s.enter("ben");
  for (let i = 1; i <= 60; i++) await ben.say(`Line ${i}.`);
  await anna.sees("Line 60.", 30_000);
  const jump = anna.page.getByRole("button", { name: "Jump to latest" });
  assert.equal(await jump.count(), 0);
  await anna.log.hover();
  await anna.page.mouse.wheel(0, -900);
  await jump.waitFor();
  await until("scrolling has ended", () => standsStill(anna));
  const before = await firstInView(anna);
  for (let i = 1; i <= 3; i++) await ben.say(`Later ${i}.`);
  const told = anna.page.getByRole("button", { name: "3 new messages" });
  await told.waitFor();
  assert.deepEqual(await firstInView(anna), before, "what is read stays where it is");
  assert.equal(await anna.page.title(), "(3) general - Parley");
  await told.click();
  await anna.sees("Later 3.");
  await told.waitFor({ state: "detached" });
  await until("all is read", async () => (await anna.page.title()) === "general - Parley");
}, { flags: ["--rate", "0"] });

scene("a muted channel is quiet; two tabs of one person read for each other", async (s) => {
  const { anna, ben, context } = await twoChannels(s);
  const second = await s.enter("anna", { context, network: anna.network });
  await ben.say("read by one tab");
  for (const tab of [anna, second]) await until("both tell", async () => (await tab.page.title()) === "(1) general - Parley");
  await second.page.getByRole("link", { name: /garden/u }).click();
  await until("the other tab knows", async () => (await anna.page.title()) === "general - Parley");
  await second.page.getByRole("link", { name: /general/u }).click();
  await anna.page.getByRole("button", { name: "Options for #garden" }).click();
  await anna.page.getByRole("menuitem", { name: "Mute" }).click();
  await second.page.getByRole("link", { name: /garden.*muted/u }).waitFor();
  await ben.say("unheard");
  await ben.page.getByRole("link", { name: /general/u }).click();
  await ben.say("heard");
  await anna.sees("heard");
  assert.equal(await anna.page.title(), "general - Parley");
});

/** anna in general, ben in a channel that both have joined and that has one message, read by both. */
async function twoChannels(s) {
  const context = await s.browser();
  const network = await s.network();
  const anna = await s.enter("anna", { context, network });
  const ben = await s.enter("ben");
  await anna.page.goto(`${network.origin}/#/general`);
  await createChannel(ben, "garden");
  await ben.say("before the garden");
  await ben.sees("before the garden");
  await anna.page.keyboard.press("Control+k");
  await anna.page.getByRole("combobox").fill("garden");
  await anna.page.getByRole("option", { name: /garden/u }).first().waitFor();
  await anna.page.keyboard.press("Enter");
  await anna.sees("before the garden");
  await anna.page.getByRole("link", { name: /general/u }).click();
  await anna.page.getByRole("heading", { name: "general" }).waitFor();
  return { anna, ben, context };
}

async function createChannel(person, name) {
  await person.page.getByRole("button", { name: "Create a channel" }).click();
  const form = person.page.getByRole("dialog", { name: "Create a channel" });
  await form.getByLabel("Name").fill(name);
  await form.getByRole("button", { name: "Create channel" }).click();
  await person.page.getByRole("heading", { name }).waitFor();
}

/** Runs in the page: whether its window has the focus, which every page of a headless browser believes to have. */
function look(focused) {
  document.hasFocus = () => focused;
  window.dispatchEvent(new Event(focused ? "focus" : "blur"));
}

/** Runs in the page: whatever its title and icon come to be from now on. */
function watchBadge() {
  const told = [];
  const note = ({ type, target, addedNodes }) => {
    if (type === "attributes") told.push(target.getAttribute("href"));
    for (const node of addedNodes) told.push(node.textContent);
  };
  const observer = new MutationObserver((changes) => changes.forEach(note));
  observer.observe(document.querySelector("title"), { childList: true });
  observer.observe(document.querySelector('link[rel="icon"]'), { attributeFilter: ["href"] });
  return told;
}

/** The messages before and after the New divider. */
function aroundDivider(person) {
  return person.log.evaluate((log) => {
    const divider = [...log.querySelectorAll(".new")].map((each) => each.closest("[data-id]"))[0];
    const textOf = (row) => row?.querySelector("[id$='-text']").textContent;
    return divider ? [textOf(divider.previousElementSibling), textOf(divider)] : [];
  });
}

/** The first row that is wholly in view, and where. */
function firstInView(person) {
  return person.log.evaluate((log) => {
    const top = log.getBoundingClientRect().top;
    const row = [...log.querySelectorAll("[data-id]")].find((each) => each.getBoundingClientRect().top >= top);
    return [row.dataset.id, Math.round(row.getBoundingClientRect().top - top)];
  });
}

async function standsStill(person) {
  const first = await firstInView(person);
  await person.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return String(first) === String(await firstInView(person));
}

function weightOf(element) {
  return element.evaluate((node) => Number(getComputedStyle(node).fontWeight));
}
