import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it } from "vitest";
import { IndexedDbOutbox } from "./outbox/indexedDb.ts";
import { FakeBrowser, type FakeTab } from "./testing/fakeBrowser.ts";
import { FakeServer, type Wire } from "./testing/fakeServer.ts";

// The whole outbox, from a person's click to the log, over IndexedDB.
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

describe("sending", () => {
  it("shows a row at once, which keeps its identity when it is in the log", () => {
    tab.chat.send("general", "hello");
    const [pending] = tab.rows();
    expect(pending).toMatchObject({ text: "hello", seq: 0, rev: 0, mine: true, user: "anna", change: "send", sending: { state: "waiting", since: browser.clock.now() } });
    tab.run();
    expect(tab.rows()).toHaveLength(1);
    expect(tab.rows()[0]).toEqual({ id: pending!.id, seq: 1, rev: 1, user: "anna", text: "hello", at: tab.rows()[0]!.at, mine: true });
  });

  it("is done when the acknowledgement comes before the event, or after it, or alone", () => {
    for (const order of ["ack first", "event first"]) {
      tab.chat.send("general", order);
      const connection = server.connections[0]!;
      connection.process();
      if (order === "ack first") connection.outgoing.reverse();
      connection.deliver();
      tab.render();
      expect(tab.rows().at(-1), order).toMatchObject({ text: order, mine: true });
      expect(tab.rows().at(-1)?.sending, order).toBeUndefined();
      tab.run();
      expect(tab.texts().filter((text) => text === order)).toEqual([order]);
    }
  });

  it("keeps its order behind one that is slow, and sends one at a time", () => {
    refusing("send", later(2_000));
    for (const text of ["one", "two", "three"]) tab.chat.send("general", text);
    tab.run();
    expect(server.requests("send").map(({ text }) => text)).toEqual(["one"]);
    server.refuse = () => null;
    tab.advance(2_000);
    expect(log()).toEqual(["one", "two", "three"]);
    expect(tab.texts()).toEqual(["one", "two", "three"]);
  });

  it("ignores what is only white space", () => {
    tab.chat.send("general", " \n ");
    tab.run();
    expect(server.requests("send")).toEqual([]);
  });

  it("does not even ask about a text that is too long, and says so; shortened, it goes", () => {
    tab.chat.send("general", "x".repeat(5212));
    tab.run();
    expect(server.requests("send")).toEqual([]);
    const [row] = tab.rows();
    expect(row?.sending).toEqual({ state: "failed", code: "text_too_long", message: "Too long: 5,212 of 4,000 characters.", retry: false });
    tab.chat.edit("general", row!.id, "short");
    tab.run();
    expect(log()).toEqual(["short"]);
    expect(tab.rows()).toMatchObject([{ text: "short", seq: 1 }]);
  });
});

describe("what is refused for now", () => {
  it.each(["too_fast", "unavailable", "draining"])("%s: waits as long as told, with the same nonce", (code) => {
    refusing("send", { type: "error", code, retry: true, retry_ms: 5_000 });
    tab.chat.send("general", "patience");
    tab.run();
    expect(tab.rows()[0]?.sending?.state).toBe("waiting");
    tab.advance(4_999);
    expect(server.requests("send")).toHaveLength(1);
    server.refuse = () => null;
    tab.advance(1);
    const [first, second] = server.requests("send");
    expect(second?.nonce).toBe(first?.nonce);
    expect(log()).toEqual(["patience"]);
  });

  it("overloaded: holds up only its own channel", async () => {
    server.create("dev");
    const joining = tab.chat.join("dev");
    tab.run();
    await joining;
    server.refuse = (request) => (request.type === "send" && request.channel === "general" ? { type: "error", code: "overloaded", retry: true, retry_ms: 9_000 } : null);
    tab.chat.send("general", "here");
    tab.chat.send("dev", "there");
    tab.run();
    tab.chat.send("dev", "there too");
    tab.run();
    expect(server.log("dev").messages()).toHaveLength(2);
    expect(log()).toEqual([]);
  });

  it("no answer: is asked again, and is the same", () => {
    tab.chat.send("general", "hello");
    server.connections[0]!.process();
    server.connections[0]!.outgoing.length = 0;
    tab.advance(10_000);
    tab.advance(1_000);
    expect(server.requests("send").length).toBeGreaterThan(1);
    expect(log()).toEqual(["hello"]);
    expect(tab.rows()[0]?.sending).toBeUndefined();
  });

  it("a long queue does not trip the limit", () => {
    server.limits.rate = 10;
    server.cut();
    tab.advance(1_000);
    const sentAt: number[] = [];
    let tokens = 10;
    let filledAt = browser.clock.now();
    server.refuse = (request) => {
      if (request.type !== "send") return null;
      const now = browser.clock.now();
      tokens = Math.min(10, tokens + ((now - filledAt) / 1000) * 10);
      filledAt = now;
      if (tokens < 1) return { type: "error", code: "too_fast", retry: true, retry_ms: 400 };
      tokens--;
      sentAt.push(now);
      return null;
    };
    const texts = Array.from({ length: 60 }, (_, i) => `message ${i}`);
    for (const text of texts) tab.chat.send("general", text);
    for (let i = 0; i < 1_000 && log().length < 60; i++) tab.advance(10);
    expect(log()).toEqual(texts);
    expect(server.requests("send")).toHaveLength(60);
    expect(sentAt.at(-1)! - sentAt[0]!).toBeLessThan(7_000);
  });
});

describe("what is refused for good", () => {
  it("fails with the server's sentence, lets the next pass, and is forgotten when discarded", () => {
    server.refuse = (request) => (request.text === "bad" ? { type: "error", code: "text_invalid", message: "The text holds U+0000." } : null);
    tab.chat.send("general", "bad");
    tab.chat.send("general", "good");
    tab.run();
    expect(tab.texts()).toEqual(["good", "bad"]);
    const failed = tab.rows()[1]!;
    expect(failed.sending).toEqual({ state: "failed", code: "text_invalid", message: "The text holds U+0000.", retry: false });
    tab.chat.discard("general", failed.id);
    expect(tab.texts()).toEqual(["good"]);
  });

  it("can be tried again as it is", () => {
    refusing("send", { type: "error", code: "internal" });
    tab.chat.send("general", "again");
    tab.run();
    expect(tab.rows()[0]?.sending).toMatchObject({ state: "failed", code: "internal", retry: true });
    server.refuse = () => null;
    tab.chat.retry("general", tab.rows()[0]!.id);
    expect(tab.rows()[0]?.sending?.state).toBe("waiting");
    tab.run();
    expect(log()).toEqual(["again"]);
  });

  it("gets a new nonce when the old one was used for something else", () => {
    refusing("send", { type: "error", code: "nonce_reused" });
    tab.chat.send("general", "again");
    tab.run();
    const { id } = tab.rows()[0]!;
    server.refuse = () => null;
    tab.chat.retry("general", id);
    tab.run();
    expect(tab.rows()).toHaveLength(1);
    expect(tab.rows()[0]!.id).not.toBe(id);
    expect(log()).toEqual(["again"]);
  });

  it("joins the channel when the server says one is not in it, once", () => {
    let times = 1;
    server.refuse = (request) => (request.type === "send" && times-- > 0 ? { type: "error", code: "not_joined" } : null);
    tab.chat.send("general", "hello");
    tab.run();
    expect(log()).toEqual(["hello"]);
    refusing("send", { type: "error", code: "not_joined" });
    tab.chat.send("general", "never");
    tab.run();
    expect(tab.rows().at(-1)?.sending).toMatchObject({ state: "failed", code: "not_joined" });
    expect(server.requests("join")).toHaveLength(2);
  });
});

describe("editing and deleting", () => {
  beforeEach(() => {
    tab.chat.send("general", "hello");
    tab.run();
  });
  const row = () => tab.rows()[0]!;

  it("show at once and settle", () => {
    tab.chat.edit("general", row().id, "hello, all");
    expect(row()).toMatchObject({ text: "hello, all", change: "edit", sending: { state: "waiting" }, seq: 1 });
    expect(row().editedAt).toBeDefined();
    tab.run();
    expect(row()).toMatchObject({ text: "hello, all", rev: 2 });
    expect(row().sending).toBeUndefined();
    tab.chat.remove("general", row().id);
    expect(row()).toMatchObject({ text: "", deleted: true, change: "delete", sending: { state: "waiting" } });
    tab.run();
    expect(row()).toMatchObject({ text: "", deleted: true, rev: 3 });
    expect(row().change).toBeUndefined();
  });

  it("keep a refused edit in sight until it is discarded", () => {
    refusing("edit", { type: "error", code: "forbidden", message: "This message is somebody else's." });
    tab.chat.edit("general", row().id, "never");
    tab.run();
    expect(row()).toMatchObject({ text: "never", change: "edit", sending: { state: "failed", code: "forbidden", retry: false } });
    tab.chat.discard("general", row().id);
    expect(row()).toEqual({ ...row(), text: "hello" });
    expect(row().sending ?? row().editedAt).toBeUndefined();
  });

  it("do not lose what was written into a message that was deleted meanwhile", () => {
    const [state] = server.log("general").messages();
    server.cut();
    server.remove("general", state!.id);
    tab.chat.edit("general", state!.id, "hello, all of you");
    tab.advance(2_000);
    expect(row()).toMatchObject({ text: "hello, all of you", change: "edit", sending: { state: "failed", code: "message_deleted", retry: false } });
    expect(row().deleted).toBeUndefined();
    tab.chat.discard("general", state!.id);
    expect(row()).toMatchObject({ deleted: true, text: "" });
    expect(row().sending).toBeUndefined();
  });

  it("bring back what could not be deleted, saying so", () => {
    refusing("delete", { type: "error", code: "forbidden" });
    tab.chat.remove("general", row().id);
    tab.run();
    expect(row()).toMatchObject({ text: "hello", change: "delete", sending: { state: "failed" } });
    expect(row().deleted).toBeUndefined();
    server.refuse = () => null;
    tab.chat.retry("general", row().id);
    tab.run();
    expect(row()).toMatchObject({ deleted: true, rev: 2 });
  });

  it("do not mind that it is deleted already", () => {
    const [state] = server.log("general").messages();
    server.remove("general", state!.id);
    tab.chat.remove("general", state!.id);
    tab.run();
    expect(row().deleted).toBe(true);
    expect(row().sending).toBeUndefined();
  });

  it("wait behind the message that they change", () => {
    refusing("send", later(1_000));
    tab.chat.send("general", "frist");
    tab.run();
    const pending = tab.rows()[1]!;
    tab.chat.edit("general", pending.id, "first");
    expect(tab.rows()[1]).toMatchObject({ text: "first", change: "send", sending: { state: "waiting" } });
    server.refuse = () => null;
    tab.advance(2_000);
    expect(log()).toEqual(["hello", "first"]);
    expect(tab.rows()[1]).toMatchObject({ text: "first", seq: 2, rev: 3 });
  });

  it("change what never left where it stands", () => {
    server.cut();
    tab.run();
    tab.chat.send("general", "frist");
    tab.chat.send("general", "second");
    tab.chat.edit("general", tab.rows()[1]!.id, "first");
    tab.chat.send("general", "regretted");
    tab.chat.remove("general", tab.rows()[3]!.id);
    tab.advance(1_000);
    expect(log()).toEqual(["hello", "first", "second"]);
    expect(server.requests("edit")).toEqual([]);
    expect(server.requests("delete")).toEqual([]);
  });

  it("are folded into a message that was never posted", () => {
    refusing("send", later(1_000));
    tab.chat.send("general", "frist");
    tab.run();
    const { id } = tab.rows()[1]!;
    tab.chat.edit("general", id, "first");
    refusing("send", { type: "error", code: "text_invalid" });
    tab.advance(2_000);
    expect(tab.rows()[1]).toMatchObject({ text: "first", sending: { state: "failed", code: "text_invalid" } });
    tab.chat.remove("general", id);
    expect(tab.texts()).toEqual(["hello"]);
  });

  it("only send the last of several edits that wait", () => {
    server.cut();
    tab.run();
    for (const text of ["a", "b", "c"]) tab.chat.edit("general", row().id, text);
    tab.advance(1_000);
    expect(server.requests("edit").map(({ text }) => text)).toEqual(["c"]);
    expect(row().text).toBe("c");
  });
});
