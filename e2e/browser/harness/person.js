/** Somebody at a page: what people do, and what they see. */
import { until } from "./until.js";
import { Watch } from "./watch.js";

const TIMEOUT = 15_000; // milliseconds that a page may take for what is asked of it

export class Person {
  constructor(page, name, watch) {
    this.page = page;
    this.name = name;
    this.watch = watch;
  }

  static async at(page, name) {
    page.setDefaultTimeout(TIMEOUT);
    return new Person(page, name, await Watch.begin(page));
  }

  /** Gives the name and waits for the conversation. */
  async enter() {
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByRole("button", { name: "Enter chat" }).click();
    await this.composer.waitFor();
  }

  get composer() {
    return this.page.getByRole("textbox", { name: /^Message #/ });
  }

  get log() {
    return this.page.getByRole("log");
  }

  /** The row that holds a text. */
  row(text) {
    return this.log.getByRole("article").filter({ hasText: text });
  }

  /** The line about the connection. */
  get connectionLine() {
    return this.page.locator(".banner");
  }

  /** Writes a message and sends it. */
  async say(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Waits until a message is there, and has been acknowledged. */
  async sees(text, within) {
    await until(`${this.name} sees ${JSON.stringify(text)}`, () => this.row(text).first().isVisible(), within);
  }

  /** Does something with a message through the actions that show when it is pointed at. */
  async choose(text, action) {
    await this.row(text).hover();
    await this.row(text).getByRole("button", { name: action }).click();
  }

  /** Holds a finger on a message until that means something. */
  async hold(text) {
    const box = await this.row(text).boundingBox();
    const touch = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [touch] });
    await this.page.getByRole("dialog", { name: "Message actions" }).waitFor();
    await devtools.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await devtools.detach();
  }

  /** Everything in the log, from the oldest message to the newest: texts as they stand there. Scrolls through it. */
  async conversation() {
    return await this.log.evaluate(readLog);
  }

  /** Whether nothing is on its way any more; a row knows that before it says so in words. */
  async settled() {
    return (await this.log.locator("[data-sending]").count()) === 0;
  }

  /** What has the focus: its tag, and its label or what it says; "nothing" when nothing has it. */
  async focused() {
    return await this.page.evaluate(() => {
      const { activeElement: element } = document;
      if (element === null || element === document.body) return "nothing";
      const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
      return `${element.tagName} ${name.slice(0, 80)}`;
    });
  }
}

/** Runs in the page: reads a log of which only a part is rendered, by going through it. */
async function readLog(log) {
  const frames = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const found = new Map();
  const wasAt = log.scrollTop;
  log.scrollTop = 0;
  for (;;) {
    await frames();
    for (const row of log.querySelectorAll("[data-id]")) found.set(row.dataset.id, row.querySelector("[id$='-text']").textContent);
    if (log.scrollTop + log.clientHeight >= log.scrollHeight - 1) break;
    log.scrollTop += log.clientHeight / 2;
  }
  log.scrollTop = wasAt;
  await frames();
  return [...found.values()];
}
