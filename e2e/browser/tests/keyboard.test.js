/** Everything can be done by keyboard alone, and the focus is always somewhere. */
import assert from "node:assert/strict";
import { scene } from "../harness/scene.js";
import { until } from "../harness/until.js";

scene("the keyboard alone does everything", async (s) => {
  const ben = await s.enter("ben");
  for (let i = 1; i <= 60; i++) await ben.say(`Line ${i} of many`);
  await until("all of it is in the log", () => ben.settled(), 30_000);
  const anna = await s.arrive("anna");
  const keys = new Keys(anna);

  await keys.focusIs(/^INPUT Your name/u);
  await keys.type("anna");
  await keys.press("Enter");
  await anna.composer.waitFor();
  await keys.focusIs(/^TEXTAREA Message #general/u);

  // Make a channel, by the switcher.
  await keys.press("Control+k");
  await keys.focusIs(/^INPUT Channel name/u);
  await keys.type("Garden plans");
  await keys.press("Enter");
  await keys.focusIs(/^INPUT What it is about/u);
  await keys.type("What to plant");
  await keys.press("Enter");
  await keys.focusIs(/^TEXTAREA Message #garden-plans/u);
  await anna.page.getByText("Nothing has been said in #garden-plans yet").waitFor();

  // Write two messages, one of them of two lines.
  await keys.type("Beans");
  await keys.press("Shift+Enter");
  await keys.type("and peas");
  await keys.press("Enter");
  await keys.type("Thistles");
  await keys.press("Enter");
  await anna.sees("Thistles");
  await until("they are acknowledged", () => anna.settled());
  await keys.focusIs(/^TEXTAREA Message #garden-plans/u);

  // Go to the messages and delete the newest.
  await keys.press("Shift+Tab", () => keys.at(/^ARTICLE/u));
  await keys.rowIs("Thistles");
  await keys.press("Enter");
  await keys.focusIs(/^BUTTON Edit/u);
  await keys.press("ArrowRight");
  await keys.focusIs(/^BUTTON Copy text/u);
  await keys.press("ArrowRight");
  await keys.focusIs(/^BUTTON Delete/u);
  await keys.press("Enter");
  await keys.focusIs(/^BUTTON Cancel/u);
  await keys.press("Tab");
  await keys.focusIs(/^BUTTON Delete/u);
  await keys.press("Enter");
  await anna.sees("Message deleted");
  await keys.focusIs(/^(ARTICLE|TEXTAREA)/u);

  // Edit the first one from its row.
  if (!(await keys.at(/^ARTICLE/u))) await keys.press("Shift+Tab", () => keys.at(/^ARTICLE/u));
  await keys.press("ArrowUp", () => keys.rowAt("Beans"));
  await keys.press("Enter");
  await keys.focusIs(/^BUTTON Edit/u);
  await keys.press("Enter");
  await keys.focusIs(/^TEXTAREA Editing your message/u);
  await keys.type(" and courgettes");
  await keys.press("Enter");
  await anna.sees("and peas and courgettes");
  await keys.focusIs(/^TEXTAREA Message #garden-plans/u);

  // Another channel, by its neighbour and by name; the newest message is in view.
  await keys.press("Alt+ArrowUp");
  await keys.focusIs(/^TEXTAREA Message #general/u);
  await anna.sees("Line 60 of many");
  await keys.press("Shift+Tab", () => keys.at(/^ARTICLE/u));
  await keys.rowIs("Line 60 of many");
  await keys.press("Home");
  await keys.press("Home", () => keys.rowAt("Line 1 of many"));
  await keys.press("PageDown");
  await keys.press("ArrowDown");
  await keys.focusIs(/^ARTICLE/u);
  const jump = anna.page.getByRole("button", { name: "Jump to latest" });
  await jump.waitFor();
  await keys.press("Tab", () => keys.at(/^BUTTON Jump to latest/u));
  await keys.press("Enter");
  await anna.sees("Line 60 of many");
  await jump.waitFor({ state: "detached" });
  await keys.focusIs(/^TEXTAREA Message #general/u);

  // Begin to write from wherever one is.
  await keys.press("Shift+Tab", () => keys.at(/^ARTICLE/u));
  await keys.type("Hello from the rows");
  assert.equal(await anna.composer.inputValue(), "Hello from the rows");
  await keys.press("Enter");
  await ben.sees("Hello from the rows");

  // Help.
  await keys.press("Control+/");
  await anna.page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await keys.focusIs(/./u);
  await keys.press("Escape");
  await keys.focusIs(/^TEXTAREA Message #general/u);

  // The theme, in one's own menu.
  await keys.press("Tab", () => keys.at(/^BUTTON.*You: anna/u));
  await keys.press("Enter");
  await keys.menuIs("Like the system");
  await keys.press("ArrowDown", () => keys.menuAt("Dark"));
  await keys.press("Enter");
  await until("it is dark", () => anna.page.evaluate(() => document.documentElement.dataset.theme === "dark"));
  await keys.press("Escape");
  await keys.focusIs(/^BUTTON.*You: anna/u);

  // Leave the channel, by its menu, and then the chat.
  await keys.press("Control+k");
  await keys.type("garden");
  await keys.press("Enter");
  await keys.focusIs(/^TEXTAREA Message #garden-plans/u);
  await keys.press("Shift+Tab", () => keys.at(/^BUTTON About #garden-plans/u));
  await keys.press("Enter");
  await keys.menuIs("Mute");
  await keys.press("ArrowDown", () => keys.menuAt("Leave channel"));
  await keys.press("Enter");
  await keys.focusIs(/^TEXTAREA Message #general/u);
  await keys.press("Tab", () => keys.at(/^BUTTON.*You: anna/u));
  await keys.press("ArrowDown");
  await keys.menuIs("Like the system");
  await keys.press("End");
  await keys.menuIs("Leave chat");
  await keys.press("Enter");
  await keys.focusIs(/^BUTTON Cancel/u);
  await keys.press("Tab");
  await keys.press("Enter");
  await anna.page.getByLabel("Your name").waitFor();
  await keys.focusIs(/^INPUT Your name/u);
  assert.deepEqual(keys.lost, [], "keys after which nothing had the focus");
}, { timeout: 180_000, flags: ["--rate", "0"] });

/** Somebody's keyboard, and where the focus goes with every key. */
class Keys {
  /** Keys that left the focus nowhere, and where it was before. */
  lost = [];
  #person;
  #at = "";

  constructor(person) {
    this.#person = person;
  }

  /** Presses a key once, or again and again until `there` says so. */
  async press(key, there = () => true) {
    for (let times = 0; times < 30; times++) {
      await this.#person.page.keyboard.press(key);
      await this.#somewhere(key);
      if (await there()) return;
    }
    throw new Error(`30 times ${key} led to ${await this.#person.focused()}`);
  }

  async type(text) {
    await this.#person.page.keyboard.type(text);
    await this.#somewhere(text);
  }

  async at(pattern) {
    return pattern.test(await this.#person.focused());
  }

  async focusIs(pattern) {
    await until(`the focus is on ${pattern}`, async () => {
      const at = await this.#person.focused();
      if (!pattern.test(at)) throw new Error(`it is on ${at}`);
      return true;
    });
  }

  rowAt(text) {
    return this.#person.page.evaluate((wanted) => document.activeElement?.matches("article") && document.activeElement.textContent.includes(wanted), text);
  }

  rowIs(text) {
    return until(`the focus is on ${text}`, () => this.rowAt(text));
  }

  menuAt(name) {
    return this.#person.page.evaluate((wanted) => document.activeElement?.closest("[role^=menuitem]")?.textContent === wanted, name);
  }

  menuIs(name) {
    return until(`the focus is on the menu's ${name}`, async () => {
      if (await this.menuAt(name)) return true;
      throw new Error(`it is on ${await this.#person.focused()}`);
    });
  }

  /** The focus may be on its way for a moment, but not for longer. Tab after the last element leads to the browser's own. */
  async #somewhere(key) {
    const before = this.#at;
    this.#at = await this.#person.focused();
    if (this.#at !== "nothing" || key.endsWith("Tab")) return;
    const somewhere = until("", async () => (this.#at = await this.#person.focused()) !== "nothing", 3_000);
    await somewhere.catch(() => this.lost.push(`${key} on ${before}`));
  }
}
