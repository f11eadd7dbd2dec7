import { beforeEach, describe, expect, it } from "vitest";
import { FakeBrowser, type FakeTab } from "./testing/fakeBrowser.ts";
import type { FakeServer } from "./testing/fakeServer.ts";
import { MemoryOutbox } from "./testing/memoryOutbox.ts";

let browser: FakeBrowser;
let server: FakeServer;
let tab: FakeTab;

beforeEach(() => {
  browser = new FakeBrowser();
  ({ server } = browser);
  tab = browser.tab();
});

function chatter(count: number, channel = "general"): void {
  for (let i = 1; i <= count; i++) server.post(channel, "bob", `message ${i}`);
}

describe("entering", () => {
  it("shows the newest page and follows", async () => {
    chatter(150);
    await tab.enter("anna");
    expect(tab.chat.store.getState()).toMatchObject({ me: { user: "anna", sender: "anna" }, link: { state: "online" }, open: "general", order: ["general"] });
    expect(tab.texts()).toHaveLength(100);
    expect(tab.channel().timeline).toMatchObject({ older: true, live: true, load: "idle" });
    server.post("general", "bob", "hello");
    tab.run();
    expect(tab.texts().at(-1)).toBe("hello");
  });

  it("says why a name is refused, and takes another", async () => {
    server.refuse = (request) => (request.type === "hello" && request.user === "bob" ? { type: "error", code: "name_taken" } : null);
    const entering = tab.chat.enter("bob");
    await tab.quiet();
    expect(await entering).toEqual({ ok: false, error: { code: "name_taken", message: "No." } });
    expect(tab.chat.store.getState()).toMatchObject({ me: null, link: { state: "ended", code: "name_taken" } });
    expect(tab.chat.kept()).toBeNull();
    await tab.enter("anna");
    expect(tab.chat.store.getState().me?.user).toBe("anna");
  });

  it("shows the latest messages before", async () => {
    chatter(3);
    const rows = await tab.chat.fetchLatest();
    expect(rows.map(({ text, mine }) => [text, mine])).toEqual([
      ["message 1", false],
      ["message 2", false],
      ["message 3", false],
    ]);
  });

  it("suggests the last name in a new tab and goes on with it after a reload", async () => {
    expect(tab.chat.kept()).toBeNull();
    await tab.enter("anna");
    expect(browser.tab().chat.kept()).toEqual({ user: "anna", here: false });
    expect(tab.reload().chat.kept()).toEqual({ user: "anna", here: true });
  });

  it("settles an earlier try when another begins", async () => {
    const first = tab.chat.enter("anna");
    const second = tab.chat.enter("ann");
    await tab.quiet();
    expect(await first).toMatchObject({ ok: false, error: { code: "superseded" } });
    expect(await second).toEqual({ ok: true });
    expect(server.connections.map(({ user }) => user)).toEqual(["ann"]);
  });
});

describe("leaving", () => {
  it("ends what has only begun", async () => {
    const entering = tab.chat.enter("anna");
    await tab.chat.leaveChat();
    await tab.quiet();
    expect(await entering).toMatchObject({ ok: false, error: { code: "left" } });
    expect(server.connections).toEqual([]);
    expect(tab.chat.kept()).toBeNull();
  });

  it("does not show one's messages to who enters next, however late they come from storage", async () => {
    let give: () => void = () => undefined;
    const given = new Promise<void>((resolve) => (give = resolve));
    const store = new MemoryOutbox(new Map());
    const load = store.load.bind(store);
    store.load = async (sender, session) => {
      if (sender === "anna") await given;
      return load(sender, session);
    };
    browser = new FakeBrowser(server, () => store);
    tab = browser.tab();
    await tab.enter("anna");
    server.refuse = (request) => (request.type === "send" ? { type: "error", code: "unavailable", retry: true, retry_ms: 60_000 } : null);
    tab.chat.send("general", "anna's");
    tab = tab.reload();
    await tab.enter("anna");
    await tab.enter("bob");
    give();
    await tab.quiet();
    expect(tab.chat.store.getState().me?.user).toBe("bob");
    expect(tab.texts()).toEqual([]);
  });

  it("keeps nothing for who comes next", async () => {
    server.create("dev");
    await tab.enter("anna");
    await join("dev");
    tab.chat.setDraft("dev", "a secret");
    tab.advance(1_000);
    server.refuse = (request) => (request.type === "send" ? { type: "error", code: "unavailable", retry: true, retry_ms: 1000 } : null);
    tab.chat.send("dev", "never sent");
    await tab.quiet();
    await tab.chat.leaveChat();
    expect(tab.chat.store.getState()).toMatchObject({ me: null, link: { state: "idle" }, order: [], channels: {} });
    expect([...browser.local.values.values()].join()).not.toMatch(/anna|secret|dev/);
    expect([...tab.session.values.keys()]).toEqual(["parley:session"]);
    server.refuse = () => null;
    await tab.enter("anna");
    expect(tab.chat.store.getState().order).toEqual(["general"]);
    expect(server.requests("send")).toHaveLength(1);
  });
});

async function join(name: string): Promise<void> {
  const joining = tab.chat.join(name);
  tab.run();
  expect(await joining).toEqual({ ok: true });
  tab.run();
}

describe("channels", () => {
  beforeEach(async () => {
    server.create("dev");
    chatter(3, "dev");
    await tab.enter("anna");
  });

  it("are joined, opened and left", async () => {
    await join("dev");
    expect(tab.chat.store.getState()).toMatchObject({ open: "dev", order: ["general", "dev"] });
    expect(tab.texts("dev")).toEqual(["message 1", "message 2", "message 3"]);
    const leaving = tab.chat.leave("dev");
    tab.run();
    expect(await leaving).toEqual({ ok: true });
    expect(tab.chat.store.getState()).toMatchObject({ open: "general", order: ["general"] });
  });

  it("are made under the name that the server gives them", async () => {
    const creating = tab.chat.createChannel("Releases", "What ships");
    tab.run();
    expect(await creating).toEqual({ ok: true });
    expect(tab.chat.store.getState()).toMatchObject({ open: "releases", order: ["general", "releases"] });
    const again = tab.chat.createChannel("releases", "");
    tab.run();
    expect(await again).toMatchObject({ ok: false, error: { code: "channel_exists" } });
  });

  it("are listed", async () => {
    const listing = tab.chat.listChannels("dev");
    tab.run();
    expect(await listing).toEqual({ channels: [{ name: "general", topic: "Everything" }], more: false });
  });

  it("come back after a reload, the open one open", async () => {
    await join("dev");
    tab = tab.reload();
    await tab.enter("anna");
    expect(tab.chat.store.getState()).toMatchObject({ open: "dev", order: ["general", "dev"] });
    expect(server.requests("hello").at(-1)).toMatchObject({ channels: { general: 0, dev: 0 } });
    expect(tab.texts("dev")).toHaveLength(3);
  });

  it("come back in another tab, where they become known only with the welcome", async () => {
    await join("dev");
    const other = browser.tab();
    await other.enter("anna");
    other.advance(1);
    expect(other.chat.store.getState().order).toEqual(["general", "dev"]);
    server.post("dev", "bob", "news");
    other.run();
    expect(other.channel("dev").seq).toBe(4);
  });

  it("that are gone are forgotten", async () => {
    await join("dev");
    server.channels.delete("dev");
    server.cut();
    tab.advance(1_000);
    expect(tab.chat.store.getState()).toMatchObject({ open: "general", order: ["general"] });
    tab = tab.reload();
    await tab.enter("anna");
    expect(server.requests("hello").at(-1)).toMatchObject({ channels: { general: 0 } });
  });

  it.each(["constructor", "__proto__", "toString"])("may be called %s", async (name) => {
    server.create(name);
    await join(name);
    server.post(name, "bob", "hello");
    tab.run();
    expect(tab.texts(name)).toEqual(["hello"]);
    tab.chat.markRead(name, 1);
    tab = tab.reload();
    await tab.enter("anna");
    expect(tab.channel(name)).toMatchObject({ readSeq: 1, unread: 0 });
  });
});
