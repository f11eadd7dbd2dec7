/** A test with a server, networks and people, and what holds in every one of them. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { browser } from "./chromium.js";
import { artifacts } from "./paths.js";
import { Person } from "./person.js";
import { Proxy } from "./proxy.js";
import { Server } from "./server.js";
import { broken } from "./watch.js";

const LIMIT = 90_000; // milliseconds that a test may take, unless it says otherwise

/**
 * Declares a test. `flags` are the server's, `timeout` is in milliseconds. After `play(scene)` no page may have
 * complained of anything, and the server must not have logged an error and must end in order.
 */
export function scene(name, play, { flags = [], timeout = LIMIT } = {}) {
  test(name, { timeout }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "parley-browser-"));
    const stage = new Scene(new Server(join(folder, "chat.db"), flags), t);
    try {
      await stage.server.start();
      await play(stage);
      stage.check();
    } catch (error) {
      await stage.keepEvidence(name);
      throw error;
    } finally {
      await stage.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

class Scene {
  people = [];
  #contexts = [];
  #proxies = [];

  constructor(server, t) {
    this.server = server;
    /** Says something in the report. */
    this.say = (line) => t.diagnostic(line);
  }

  /** A way to the server that can be broken. */
  async network() {
    const proxy = new Proxy(() => this.server.address);
    await proxy.open();
    this.#proxies.push(proxy);
    return proxy;
  }

  /** A browser of somebody's own: storage that nobody else sees. `options` as Playwright's newContext takes them. */
  async browser(options = {}) {
    const launched = await browser();
    const context = await launched.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    this.#contexts.push(context);
    return context;
  }

  /**
   * Somebody who has opened the page: in a browser and over a network of their own if none are given. `origin` is where
   * they go instead of the network's, `expected` what the console may say.
   */
  async arrive(name, { context, network, origin, expected } = {}) {
    const way = network ?? (await this.network());
    const page = await (context ?? (await this.browser())).newPage();
    const person = this.#welcome(await Person.at(page, name), way);
    if (expected) person.watch.expect(expected);
    await page.goto(origin ?? way.origin);
    return person;
  }

  /** Somebody who has a page that another one opened. */
  async join(page, opener) {
    return this.#welcome(await Person.at(page, opener.name), opener.network);
  }

  /** Somebody who is in the chat. */
  async enter(name, where) {
    const person = await this.arrive(name, where);
    await person.enter();
    return person;
  }

  #welcome(person, network) {
    person.network = network;
    this.people.push(person);
    return person;
  }

  /** Breaks are expected from now on, in everybody's browser. */
  expectBreaks() {
    for (const { watch } of this.people) watch.expect(broken);
  }

  check() {
    for (const { name, watch } of this.people) assert.deepEqual(watch.problems, [], `in the page of ${name}`);
    assert.deepEqual(this.server.alarms, [], "the server's log");
  }

  /** Pictures of all pages, and what they and the server said, for who looks into a failure. */
  async keepEvidence(test) {
    const folder = artifacts("failures");
    for (const [i, { name, page, watch }] of this.people.entries()) {
      const path = join(folder, `${fileName(test)}-${i}-${fileName(name)}.png`);
      await page.screenshot({ path }).catch(() => undefined); // the page may be what failed
      this.say(`${name}: ${path} ${watch.problems.join("; ")}`);
    }
    this.say(`the server's log ends:\n${this.server.tail()}`);
  }

  async close() {
    for (const context of this.#contexts) await context.close();
    await this.server.stop();
    for (const proxy of this.#proxies) await proxy.close();
  }
}

function fileName(words) {
  return words.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
}
