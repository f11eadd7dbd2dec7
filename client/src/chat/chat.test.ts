import { beforeEach, describe, expect, it } from "vitest";
import { FakeBrowser, type FakeTab } from "./testing/fakeBrowser.ts";
import type { FakeServer } from "./testing/fakeServer.ts";

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

describe("coming back", () => {
  it("names the revs it knows and misses nothing, edits and deletions included", async () => {
    chatter(5);
    await tab.enter("anna");
    server.cut();
    const [first, second] = server.log("general").messages();
    server.edit("general", first!.id, "edited");
    server.remove("general", second!.id);
    server.post("general", "bob", "while away");
    tab.advance(1_000);
    expect(server.requests("hello").at(-1)).toMatchObject({ channels: { general: 5 } });
    expect(tab.texts()).toEqual(["edited", "", "message 3", "message 4", "message 5", "while away"]);
    expect(tab.rows()[1]).toMatchObject({ deleted: true });
  });

  it("loads anew after too long an absence", async () => {
    server.keeps = 10;
    chatter(5);
    await tab.enter("anna");
    server.cut();
    chatter(300);
    tab.advance(1_000);
    expect(tab.rows().map((row) => row.seq)).toEqual(Array.from({ length: 100 }, (_, i) => 206 + i));
    expect(tab.channel().timeline).toMatchObject({ older: true, live: true });
  });

  it("does not believe that an empty channel stayed empty", async () => {
    await tab.enter("anna");
    expect(tab.channel().timeline).toMatchObject({ older: false, live: true, load: "idle" });
    server.cut();
    chatter(2);
    tab.advance(1_000);
    expect(tab.texts()).toEqual(["message 1", "message 2"]);
  });

  it("asks again for history that was being loaded", async () => {
    chatter(150);
    await tab.enter("anna");
    tab.chat.loadOlder("general");
    server.cut();
    tab.advance(1_000);
    expect(tab.rows()).toHaveLength(150);
    expect(tab.channel().timeline).toMatchObject({ older: false, load: "idle" });
  });

  it("joins again when an event is missing", async () => {
    chatter(3);
    await tab.enter("anna");
    server.post("general", "bob", "lost");
    server.connections[0]!.outgoing.length = 0;
    server.post("general", "bob", "shows the gap");
    tab.run();
    tab.advance(1);
    expect(server.requests("join").at(-1)).toMatchObject({ channel: "general", rev: 3 });
    expect(tab.texts().slice(-2)).toEqual(["lost", "shows the gap"]);
  });
});

describe("history", () => {
  it("is loaded page by page, to the beginning", async () => {
    chatter(250);
    await tab.enter("anna");
    tab.chat.loadOlder("general");
    tab.chat.loadOlder("general"); // one at a time
    expect(tab.channel().timeline.load).toBe("idle");
    tab.render();
    expect(tab.channel().timeline.load).toBe("older");
    tab.run();
    expect(tab.rows().map((row) => row.seq)).toEqual(Array.from({ length: 200 }, (_, i) => 51 + i));
    tab.chat.loadOlder("general");
    tab.run();
    expect(tab.rows()).toHaveLength(250);
    expect(tab.channel().timeline.older).toBe(false);
    tab.chat.loadOlder("general");
    tab.run();
    expect(server.requests("history")).toHaveLength(3);
  });

  it("says when it cannot be had, and is asked for again", async () => {
    server.refuse = (request) => (request.type === "history" ? { type: "error", code: "internal" } : null);
    chatter(3);
    await tab.enter("anna");
    expect(tab.channel().timeline).toMatchObject({ load: "failed", rows: [] });
    server.refuse = () => null;
    tab.chat.loadOlder("general");
    tab.run();
    expect(tab.texts()).toHaveLength(3);
  });

  it("is asked for again by itself when it is refused for now", async () => {
    let refusals = 2;
    server.refuse = (request) => (request.type === "history" && refusals-- > 0 ? { type: "error", code: "too_fast", retry: true, retry_ms: 100 } : null);
    chatter(3);
    await tab.enter("anna");
    tab.advance(100);
    tab.advance(200);
    expect(tab.texts()).toHaveLength(3);
  });

  it("that is older than what is known already is not believed", async () => {
    chatter(3);
    server.lag = 2;
    await tab.enter("anna");
    expect(tab.rows()).toEqual([]);
    server.lag = 0;
    tab.advance(300);
    expect(tab.texts()).toHaveLength(3);
  });

  it("may be empty where retention took all", async () => {
    chatter(5);
    server.log("general").floor = 5;
    await tab.enter("anna");
    expect(tab.channel().timeline).toMatchObject({ older: false, live: true, rows: [] });
    server.post("general", "bob", "new");
    tab.run();
    expect(tab.texts()).toEqual(["new"]);
  });
});

describe("reading", () => {
  beforeEach(async () => {
    server.create("dev");
    chatter(3, "dev");
    chatter(3);
    await tab.enter("anna");
    await join("dev");
    tab.chat.openChannel("general");
    tab.run();
  });

  it("begins with everything read", () => {
    expect(tab.channel("dev")).toMatchObject({ readSeq: 3, unread: 0 });
  });

  it("counts what others write, and puts the divider where reading stopped", () => {
    server.post("dev", "bob", "one");
    server.post("dev", "anna", "mine, from elsewhere");
    server.post("dev", "bob", "two");
    tab.run();
    expect(tab.channel("dev")).toMatchObject({ seq: 6, unread: 2, divider: null });
    tab.chat.openChannel("dev");
    tab.run();
    expect(tab.channel("dev")).toMatchObject({ divider: 3 });
    tab.chat.markRead("dev", 6);
    tab.run();
    expect(tab.channel("dev")).toMatchObject({ unread: 0, readSeq: 6, divider: 3 });
    tab.chat.openChannel("general");
    tab.run();
    expect(tab.channel("dev").divider).toBeNull();
  });

  it("puts a divider before what came while nobody looked", () => {
    tab.chat.markRead("general", 3);
    server.post("general", "bob", "seen");
    tab.run();
    expect(tab.channel().divider).toBeNull();
    tab.chat.markRead("general", 4);
    tab.attentive = false;
    server.post("general", "bob", "unseen");
    server.post("general", "bob", "unseen too");
    tab.run();
    expect(tab.channel().divider).toBe(4);
  });

  it("puts a divider before what others wrote while there was no connection, not before one's own", () => {
    server.cut();
    server.post("general", "anna", "mine, from elsewhere");
    tab.advance(1_000);
    expect(tab.channel().divider).toBeNull();
    server.cut();
    server.post("general", "bob", "while away");
    tab.advance(1_000);
    expect(tab.channel().divider).toBe(3);
  });

  it("never goes back, and is the same in all tabs of the user and after a reload", async () => {
    const other = browser.tab();
    await other.enter("anna");
    server.post("dev", "bob", "one");
    tab.run();
    other.advance(1);
    expect(other.channel("dev").unread).toBe(1);
    tab.chat.markRead("dev", 4);
    tab.chat.markRead("dev", 2);
    tab.run();
    expect(tab.channel("dev").readSeq).toBe(4);
    expect(other.channel("dev")).toMatchObject({ readSeq: 4, unread: 0 });
    tab = tab.reload();
    await tab.enter("anna");
    expect(tab.channel("dev").readSeq).toBe(4);
  });

  it("marks all", () => {
    chatter(2);
    chatter(2, "dev");
    tab.run();
    tab.chat.markAllRead();
    tab.run();
    expect(Object.values(tab.channels).map((channel) => channel.unread)).toEqual([0, 0]);
  });

  it("mutes, in all tabs and after a reload", async () => {
    const other = browser.tab();
    await other.enter("anna");
    other.advance(1);
    tab.chat.setMuted("dev", true);
    tab.run();
    expect(tab.channel("dev").muted && other.channel("dev").muted).toBe(true);
    tab = tab.reload();
    await tab.enter("anna");
    expect(tab.channel("dev").muted).toBe(true);
  });

  it("tells of arrivals: news of others, never history, catching up or one's own", async () => {
    const arrivals: string[] = [];
    tab.chat.onArrival((row, channel) => arrivals.push(`${channel}: ${row.text}`));
    const mine = server.post("general", "anna", "mine");
    server.post("general", "bob", "live");
    server.post("dev", "bob", "elsewhere");
    tab.run();
    server.edit("general", mine.id, "an edit");
    tab.run();
    server.cut();
    server.post("general", "bob", "missed");
    tab.advance(1_000);
    server.post("general", "bob", "live again");
    await tab.quiet();
    expect(arrivals).toEqual(["general: live", "dev: elsewhere", "general: live again"]);
  });
});

describe("drafts", () => {
  it("survive a reload, per channel, also when the page goes at once", async () => {
    server.create("dev");
    await tab.enter("anna");
    await join("dev");
    tab.chat.setDraft("dev", "for dev");
    expect(tab.channel("dev").draft).toBe("for dev");
    tab.advance(500);
    tab.chat.setDraft("general", "for general");
    tab = tab.reload();
    await tab.enter("anna");
    expect(tab.channel("dev").draft).toBe("for dev");
    expect(tab.channel().draft).toBe("for general");
    tab.chat.setDraft("general", "");
    tab = tab.reload();
    await tab.enter("anna");
    expect(tab.channel().draft).toBe("");
  });

  it("go on in memory when the browser refuses, which is said", async () => {
    await tab.enter("anna");
    expect(tab.chat.store.getState().storageFailed).toBe(false);
    browser.local.refusing = true;
    tab.chat.setDraft("general", "kept here");
    tab.advance(500);
    expect(tab.channel().draft).toBe("kept here");
    expect(tab.chat.store.getState().storageFailed).toBe(true);
  });
});
