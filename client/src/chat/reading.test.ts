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

async function join(name: string): Promise<void> {
  const joining = tab.chat.join(name);
  tab.run();
  expect(await joining).toEqual({ ok: true });
  tab.run();
}

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

  it("tells at once what was read, before the next frame", () => {
    server.post("general", "bob", "on screen");
    tab.run();
    expect(tab.channel().unread).toBe(1);
    tab.chat.markRead("general", 4);
    expect(tab.channel().unread).toBe(0);
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
