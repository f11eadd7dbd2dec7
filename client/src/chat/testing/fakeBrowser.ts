import { webcrypto } from "node:crypto";
import type { Clock, OpenSocket, Socket } from "../../connection/environment.ts";
import { FakeClock } from "../../connection/testing/fakeClock.ts";
import { createChat } from "../create.ts";
import type { ChatDeps, KeyValue, TabMessage, Tabs } from "../deps.ts";
import type { Chat, ChannelState, Row } from "../model.ts";
import type { Item, OutboxStore } from "../outbox/item.ts";
import { FakeServer } from "./fakeServer.ts";
import { MemoryOutbox } from "./memoryOutbox.ts";

/** A store of texts that can be made to refuse. */
export class MemoryValues implements KeyValue {
  refusing = false;
  readonly values: Map<string, string>;

  constructor(values: Iterable<[string, string]> = []) {
    this.values = new Map(values);
  }

  get(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  set(key: string, value: string): void {
    if (this.refusing) throw new Error("QuotaExceededError");
    this.values.set(key, value);
  }

  remove(key: string): void {
    this.values.delete(key);
  }

  keys(): string[] {
    return [...this.values.keys()];
  }
}

/** A browser with tabs that share its storage, in front of one server, on one clock. */
export class FakeBrowser {
  readonly clock = new FakeClock();
  readonly local = new MemoryValues();
  /** The sessions that living tabs hold, and who they are. */
  readonly held = new Map<string, FakeTab>();
  readonly tabs = new Set<FakeTab>();

  constructor(
    readonly server = new FakeServer(),
    readonly outbox: () => OutboxStore = memoryOutbox(),
  ) {}

  /** Opens a tab; `copied` is the session storage of one that is duplicated. */
  tab(copied: MemoryValues = new MemoryValues()): FakeTab {
    return new FakeTab(this, new MemoryValues(copied.values));
  }
}

function memoryOutbox(): () => OutboxStore {
  const items = new Map<string, Item>();
  return () => new MemoryOutbox(items);
}

/** One tab with the chat in it. */
export class FakeTab implements Tabs {
  readonly chat: Chat;
  attentive = true;
  private readonly listeners = new Set<(message: TabMessage) => void>();
  private readonly hiding = new Set<() => void>();
  private readonly connections: Socket[] = [];
  private frame: (() => void) | null = null;

  constructor(
    readonly browser: FakeBrowser,
    readonly session: MemoryValues,
  ) {
    browser.tabs.add(this);
    this.chat = createChat(this.deps());
  }

  get channels(): Readonly<Record<string, ChannelState>> {
    return this.chat.store.getState().channels;
  }

  channel(name = "general"): ChannelState {
    const state = this.channels[name];
    if (!state) throw new Error(`not in ${name}`);
    return state;
  }

  rows(name = "general"): readonly Row[] {
    return this.channel(name).timeline.rows;
  }

  texts(name = "general"): string[] {
    return this.rows(name).map((row) => row.text);
  }

  /** Enters and lets everything happen. */
  async enter(user: string): Promise<void> {
    const entering = this.chat.enter(user);
    await settled();
    this.run();
    await entering;
    await this.quiet();
  }

  /** Lets the server and the frames of this tab do all they can now. */
  run(): void {
    this.browser.server.settle();
    for (const tab of this.browser.tabs) tab.render();
  }

  /** As run, over what storage takes its time for. */
  async quiet(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await settled();
      this.run();
    }
  }

  /** As quiet, over an IndexedDB that takes some turns for each step. */
  async stored(): Promise<void> {
    for (let i = 0; i < 20; i++) await this.quiet();
  }

  advance(ms: number): void {
    this.browser.clock.advance(ms);
    this.run();
  }

  render(): void {
    const frame = this.frame;
    this.frame = null;
    frame?.();
  }

  /** Ends without a word: nothing of it runs any more. */
  crash(): void {
    this.browser.tabs.delete(this);
    for (const [session, tab] of this.browser.held) if (tab === this) this.browser.held.delete(session);
    for (const connection of this.connections) connection.close();
  }

  /** The same tab after a reload. */
  reload(): FakeTab {
    for (const hide of this.hiding) hide();
    this.crash();
    return new FakeTab(this.browser, this.session);
  }

  claim(session: string): Promise<boolean> {
    const holder = this.browser.held.get(session);
    if (!holder) this.browser.held.set(session, this);
    return Promise.resolve(!holder);
  }

  dead(sessions: readonly string[]): Promise<string[]> {
    return Promise.resolve(sessions.filter((session) => !this.browser.held.has(session)));
  }

  post(message: TabMessage): void {
    for (const tab of this.browser.tabs) if (tab !== this) for (const listener of tab.listeners) listener(message);
  }

  listen(listener: (message: TabMessage) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.listeners.clear();
  }

  /** A clock whose timers end with the tab. */
  private whileAlive(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      after: (ms, fire) =>
        clock.after(ms, () => {
          if (this.browser.tabs.has(this)) fire();
        }),
    };
  }

  private deps(): ChatDeps {
    const { server, clock, local } = this.browser;
    const open: OpenSocket = (handlers) => {
      const socket = server.open(handlers);
      this.connections.push(socket);
      return socket;
    };
    return {
      connection: { clock: this.whileAlive(clock), open, wakes: { online: () => true, listen: () => () => undefined }, random: () => 0.5 },
      fillRandom: (bytes) => void webcrypto.getRandomValues(bytes),
      schedule: (publish) => (this.frame = publish),
      local,
      session: this.session,
      outbox: this.browser.outbox(),
      tabs: this,
      page: {
        attentive: () => this.attentive,
        onHide: (hide) => {
          this.hiding.add(hide);
          return () => this.hiding.delete(hide);
        },
      },
      fetchLatest: () => Promise.resolve(server.log("general").page(undefined, undefined, 100, 0).messages),
    };
  }
}

/** Waits until everything that only waits for its turn has had it. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
