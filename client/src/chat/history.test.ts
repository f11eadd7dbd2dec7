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

  it("loads anew only what is looked at", async () => {
    server.create("dev");
    chatter(5, "dev");
    server.keeps = 10;
    await tab.enter("anna");
    const joining = tab.chat.join("dev");
    tab.run();
    await joining;
    tab.chat.openChannel("general");
    tab.run();
    const before = server.requests("history").length;
    server.cut();
    chatter(50, "dev");
    tab.advance(1_000);
    expect(server.requests("history")).toHaveLength(before);
    tab.chat.openChannel("dev");
    tab.run();
    expect(tab.texts("dev")).toHaveLength(55);
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

  it("joins again every time that an event is missing, but not in a hurry", async () => {
    await tab.enter("anna");
    for (let i = 1; i <= 3; i++) {
      server.post("general", "bob", "lost");
      server.connections[0]!.outgoing.length = 0;
      server.post("general", "bob", "shows the gap");
      tab.run();
      tab.advance(1);
    }
    expect(server.requests("join")).toHaveLength(1);
    tab.advance(1_000);
    expect(server.requests("join")).toHaveLength(2);
    expect(tab.texts()).toHaveLength(6);
  });

  it("leaves what is loaded where it is", async () => {
    chatter(250);
    await tab.enter("anna");
    tab.chat.loadOlder("general");
    tab.run();
    server.cut();
    server.post("general", "bob", "while away");
    tab.advance(1_000);
    expect(tab.rows().map((row) => row.seq)).toEqual(Array.from({ length: 201 }, (_, i) => 51 + i));
    expect(server.requests("history")).toHaveLength(2);
  });

  it("gives a catch-up its order back, which is that of the last change", async () => {
    server.syncSize = 1;
    chatter(1);
    await tab.enter("anna");
    server.cut();
    const edited = server.post("general", "bob", "one");
    chatter(3);
    server.edit("general", edited.id, "one, edited");
    tab.advance(1_000);
    expect(tab.texts()).toEqual(["message 1", "one, edited", "message 1", "message 2", "message 3"]);
    expect(tab.channel().timeline.live).toBe(true);
    expect(server.requests("history")).toHaveLength(1);
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
