import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it } from "vitest";
import { IndexedDbOutbox } from "./outbox/indexedDb.ts";
import { FakeBrowser, type FakeTab } from "./testing/fakeBrowser.ts";
import { FakeServer, type Wire } from "./testing/fakeServer.ts";

// What is written survives: broken connections, reloads, dying tabs and storage that refuses, over IndexedDB.
let browser: FakeBrowser;
let server: FakeServer;
let tab: FakeTab;

beforeEach(async () => {
  indexedDB = new IDBFactory();
  server = new FakeServer();
  browser = new FakeBrowser(server, () => new IndexedDbOutbox());
  tab = browser.tab();
  await tab.enter("anna");
  await tab.stored();
});

const log = () => server.log("general").messages().map((state) => state.text);
const refusing = (type: string, error: Wire) => {
  server.refuse = (request) => (request.type === type ? error : null);
};
const later = (ms: number): Wire => ({ type: "error", code: "unavailable", retry: true, retry_ms: ms });

describe("a broken connection", () => {
  it("sends again what was not acknowledged, which is then in the log once", () => {
    tab.chat.send("general", "hello");
    server.connections[0]!.process(); // committed, and then nothing is heard of it
    server.cut();
    tab.advance(1_000);
    expect(log()).toEqual(["hello"]);
    expect(tab.texts()).toEqual(["hello"]);
    expect(tab.rows()[0]?.sending).toBeUndefined();
  });

  it("sends what was written meanwhile, in order", () => {
    server.cut();
    tab.run();
    for (const text of ["one", "two", "three"]) tab.chat.send("general", text);
    expect(tab.rows().map((row) => row.sending?.state)).toEqual(["waiting", "waiting", "waiting"]);
    tab.advance(1_000);
    expect(log()).toEqual(["one", "two", "three"]);
  });
});

describe("a reload", () => {
  it("in the middle loses nothing, doubles nothing and keeps the order", async () => {
    refusing("send", later(60_000));
    for (const text of ["one", "two", "three"]) tab.chat.send("general", text);
    tab.run();
    await tab.stored();
    server.refuse = () => null;
    tab = tab.reload();
    const entering = tab.chat.enter("anna");
    await tab.stored();
    tab.render();
    expect(tab.texts()).toEqual(["one", "two", "three"]); // before there is a connection
    expect(tab.chat.store.getState().me).toEqual({ user: "anna", sender: "anna" });
    await tab.stored();
    tab.run();
    expect(await entering).toEqual({ ok: true });
    await tab.stored();
    expect(log()).toEqual(["one", "two", "three"]);
    expect(tab.texts()).toEqual(["one", "two", "three"]);
  });

  it("after the server had it, and before that was heard, sends it again to no effect", async () => {
    tab.chat.send("general", "hello");
    server.connections[0]!.process();
    await tab.stored();
    tab = tab.reload();
    await tab.enter("anna");
    await tab.stored();
    expect(log()).toEqual(["hello"]);
    expect(tab.texts()).toEqual(["hello"]);
    tab = tab.reload();
    await tab.enter("anna");
    await tab.stored();
    expect(server.requests("send").length).toBeLessThanOrEqual(2); // nothing is left to send
  });

  it("keeps what failed, and why", async () => {
    refusing("send", { type: "error", code: "text_invalid", message: "The text holds U+0000." });
    tab.chat.send("general", "bad");
    tab.run();
    await tab.stored();
    tab = tab.reload();
    await tab.enter("anna");
    await tab.stored();
    expect(tab.rows()[0]).toMatchObject({ text: "bad", sending: { state: "failed", message: "The text holds U+0000." } });
  });
});

describe("several tabs", () => {
  const stuck = (texts: string[]) => {
    refusing("send", later(60_000));
    for (const text of texts) tab.chat.send("general", text);
    tab.run();
  };

  it("with different names do not send each other's messages", async () => {
    stuck(["mine"]);
    await tab.stored();
    tab.crash();
    server.refuse = () => null;
    const other = browser.tab();
    await other.enter("bob");
    other.advance(61_000);
    await other.stored();
    expect(server.requests("send").filter(({ text }) => text === "mine")).toHaveLength(1);
    expect(log()).toEqual([]);
    expect(other.texts()).toEqual([]);
  });

  it("of one user leave a living tab its own", async () => {
    stuck(["mine"]);
    await tab.stored();
    const other = browser.tab();
    await other.enter("anna");
    await other.stored();
    expect(other.texts()).toEqual([]);
    expect(tab.texts()).toEqual(["mine"]);
  });

  it("of one user take over from one that died, whoever comes first, once", async () => {
    stuck(["one", "two"]);
    await tab.stored();
    tab.crash();
    server.refuse = () => null;
    const [second, third] = [browser.tab(), browser.tab()];
    await Promise.all([second.enter("anna"), third.enter("anna")]);
    await second.stored();
    await third.stored();
    expect(log()).toEqual(["one", "two"]);
    expect(server.requests("send").filter(({ text }) => text === "one").length).toBeLessThanOrEqual(2); // once from each session
    expect(second.texts()).toEqual(["one", "two"]);
    expect(third.texts()).toEqual(["one", "two"]);
  });

  it("of one user notice one that dies beside them", async () => {
    const other = browser.tab();
    await other.enter("anna");
    stuck(["left behind"]);
    await tab.stored();
    tab.crash();
    server.refuse = () => null;
    other.advance(20_000);
    other.advance(20_000);
    other.advance(20_000);
    await other.stored();
    expect(log()).toEqual(["left behind"]);
  });

  it("that are duplicated get a session of their own, and a reloaded one keeps its", async () => {
    const copy = browser.tab(tab.session);
    await copy.enter("anna");
    expect(server.connections).toHaveLength(2);
    const [first, second] = server.connections.map(({ session }) => session);
    expect(second).not.toBe(first);
    tab = tab.reload();
    await tab.enter("anna");
    expect(server.connections.map(({ session }) => session)).toEqual([second, first]);
  });
});

describe("storage that refuses", () => {
  it("is said, and the chat goes on", async () => {
    const broken = new FakeBrowser(server, () => new IndexedDbOutbox());
    indexedDB = { open: () => { throw new DOMException("refused", "SecurityError"); } } as unknown as IDBFactory;
    tab = broken.tab();
    await tab.enter("berta");
    await tab.stored();
    expect(tab.chat.store.getState().storageFailed).toBe(true);
    tab.chat.send("general", "all the same");
    tab.run();
    expect(log()).toEqual(["all the same"]);
  });
});
