import { afterEach, describe, expect, it, vi } from "vitest";
import { browserTabs } from "./browserTabs.ts";
import type { TabMessage, Tabs } from "./deps.ts";

/** Web Locks as one browser has them for all its tabs. */
class FakeLocks {
  private readonly holders = new Map<string, Promise<void>>();

  async request(name: string, { signal }: { signal: AbortSignal }, granted: () => Promise<void>): Promise<void> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    for (let holder = this.holders.get(name); holder; holder = this.holders.get(name)) {
      await Promise.race([holder, aborted]);
      if (signal.aborted) throw new DOMException("aborted", "AbortError");
    }
    const held = granted().finally(() => this.holders.delete(name));
    this.holders.set(name, held);
    await held;
  }

  query() {
    return Promise.resolve({ held: [...this.holders.keys()].map((name) => ({ name })), pending: [] });
  }
}

const open: Tabs[] = [];
afterEach(() => {
  for (const tabs of open.splice(0)) tabs.close();
});

describe.each(["with Web Locks", "without"])("tabs %s", (how) => {
  const locks = how === "without" ? null : (new FakeLocks() as unknown as LockManager);
  const tab = () => {
    const tabs = browserTabs(locks, new BroadcastChannel("parley test"));
    open.push(tabs);
    return tabs;
  };

  it("hold a session each, and say which are dead", async () => {
    const [first, second] = [tab(), tab()];
    expect(await first.claim("s1")).toBe(true);
    expect(await second.claim("s1")).toBe(false);
    expect(await second.claim("s2")).toBe(true);
    expect(await second.dead(["s1", "s3"])).toEqual(["s3"]);
  });

  it("let go of it when they end", async () => {
    const [first, second] = [tab(), tab()];
    await first.claim("s1");
    first.close();
    await vi.waitFor(async () => expect(await second.dead(["s1"])).toEqual(["s1"]));
    expect(await second.claim("s1")).toBe(true);
  });

  it("hear each other, not themselves", async () => {
    const [first, second] = [tab(), tab()];
    const heard: TabMessage[] = [];
    first.listen((message) => heard.push(message));
    second.listen((message) => heard.push(message));
    const message: TabMessage = { type: "read", sender: "anna", channel: "general", seq: 7 };
    first.post(message);
    await vi.waitFor(() => expect(heard).toEqual([message]));
  });
});

it("waits for a page that is being reloaded to let go", async () => {
  const locks = new FakeLocks() as unknown as LockManager;
  const [before, after] = [browserTabs(locks, null), browserTabs(locks, null)];
  await before.claim("s1");
  const claiming = after.claim("s1");
  before.close();
  expect(await claiming).toBe(true);
  after.close();
});
