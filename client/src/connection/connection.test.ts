import { beforeEach, describe, expect, it } from "vitest";
import type { Event, Hello } from "../protocol/frames.ts";
import { Connection, type Status } from "./connection.ts";
import { FakeNetwork } from "./testing/fakeNetwork.ts";

let net: FakeNetwork;
let connection: Connection;
let statuses: Status["state"][];
let revs: Record<string, number>;
const hello = (): Hello => ({ type: "hello", user: "anna", session: "s1", channels: revs });

beforeEach(() => {
  net = new FakeNetwork();
  connection = new Connection(net.environment);
  statuses = [];
  revs = { general: 0 };
  connection.onStatus.add((status) => statuses.push(status.state));
});

function online(): void {
  connection.start(hello);
  net.last.handlers.opened();
  net.last.welcome();
}

describe("connecting", () => {
  it("says hello first and is online when welcomed", () => {
    connection.start(hello);
    expect(net.last.sent).toEqual([]);
    net.last.handlers.opened();
    expect(net.last.sent).toEqual([{ type: "hello", id: "1", user: "anna", session: "s1", channels: { general: 0 } }]);
    net.last.welcome();
    expect(statuses).toEqual(["connecting", "online"]);
  });

  it("names at every hello the revs known then", () => {
    online();
    revs = { general: 7, dev: 3 };
    net.last.handlers.closed(4000, "");
    net.last.handlers.opened();
    expect(net.last.request("hello").channels).toEqual({ general: 7, dev: 3 });
  });

  it("hands on the welcome before the events that follow it", () => {
    const seen: string[] = [];
    connection.onWelcome.add((welcome) => seen.push(welcome.type));
    connection.onEvent.add((event: Event) => seen.push(event.type));
    online();
    net.last.say({ type: "sync", channel: "general", rev: 1, messages: [] });
    expect(seen).toEqual(["welcome", "sync"]);
  });

  it("gives up on a socket that does not open, and on a hello that is not answered", () => {
    connection.start(hello);
    net.clock.advance(10_000);
    expect(connection.status.state).toBe("waiting");
    expect(net.last.closedByClient).toBe(true);
    net.clock.advance(20_000);
    net.last.handlers.opened();
    net.clock.advance(10_000);
    expect(net.sockets.length).toBeGreaterThanOrEqual(2);
    expect(connection.status.state).not.toBe("online");
  });

  it("tries again when the browser refuses to open a socket", () => {
    net.refusing = true;
    connection.start(hello);
    expect(connection.status.state).toBe("waiting");
    net.refusing = false;
    net.clock.advance(500);
    expect(net.sockets).toHaveLength(1);
  });

  it("does not hear a socket that it gave up", () => {
    online();
    const old = net.last;
    old.handlers.closed(4000, "");
    const events: Event[] = [];
    connection.onEvent.add((event) => events.push(event));
    old.say({ type: "sync", channel: "general", rev: 1, messages: [] });
    old.handlers.closed(4200, "");
    expect(events).toEqual([]);
    expect(connection.status.state).toBe("connecting");
  });
});

describe("a refused hello", () => {
  const refuse = (fields: Record<string, unknown>) => {
    connection.start(hello);
    net.last.handlers.opened();
    net.last.say({ type: "error", id: "1", message: "No.", ...fields });
  };

  it("ends it, with the server's sentence", () => {
    refuse({ code: "name_taken" });
    expect(connection.status).toEqual({ state: "ended", code: "name_taken", message: "No." });
    expect(net.last.closedByClient).toBe(true);
    expect(net.clock.waiting).toBe(0);
  });

  it("waits as long as told when the same may succeed later", () => {
    refuse({ code: "unavailable", retry: true, retry_ms: 1500 });
    expect(connection.status).toMatchObject({ state: "waiting", retryAt: net.clock.now() + 1500 });
  });

  it("waits a while after a defect of the server", () => {
    refuse({ code: "internal" });
    expect(connection.status.state).toBe("waiting");
  });

  it("can be followed by another try", () => {
    refuse({ code: "name_taken" });
    online();
    expect(connection.status.state).toBe("online");
  });
});

describe("reconnecting", () => {
  it("backs off with full jitter, and counts the time since the connection was lost", () => {
    online();
    net.clock.advance(1000);
    const lostAt = net.clock.now();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      net.last.handlers.closed(1006, "");
      const status = connection.status;
      if (status.state !== "waiting") throw new Error(status.state);
      expect(status.since).toBe(lostAt);
      expect(status.attempt).toBe(i + 1);
      waits.push(status.retryAt - net.clock.now());
      net.clock.advance(status.retryAt - net.clock.now());
      expect(connection.status).toMatchObject({ state: "connecting", since: lostAt });
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10000, 10000]);
  });

  it("forgets earlier failures after a stable minute, not before", () => {
    const untilRetry = () => {
      if (connection.status.state === "waiting") net.clock.advance(connection.status.retryAt - net.clock.now());
    };
    connection.start(hello);
    for (let i = 0; i < 5; i++) {
      net.last.handlers.closed(1006, "");
      untilRetry();
    }
    net.last.handlers.opened();
    net.last.welcome();
    net.clock.advance(1000);
    net.last.handlers.closed(1006, "");
    expect(connection.status).toMatchObject({ attempt: 6 });
    untilRetry();
    net.last.handlers.opened();
    net.last.welcome();
    for (let i = 0; i < 3; i++) {
      net.clock.advance(20_000);
      net.last.say({ type: "sync", channel: "general", rev: 1, messages: [] });
    }
    net.last.handlers.closed(1006, "");
    expect(connection.status).toMatchObject({ state: "waiting", attempt: 1 });
  });

  it("comes back at once from 4000, but not again and again", () => {
    online();
    net.last.handlers.closed(4000, '{"code":"slow_consumer"}');
    expect(connection.status.state).toBe("connecting");
    net.last.handlers.opened();
    net.last.welcome();
    net.last.handlers.closed(4000, '{"code":"slow_consumer"}');
    expect(connection.status.state).toBe("waiting");
  });

  it("stays away for as long as a draining server says, whatever wakes it, unless a person asks", () => {
    online();
    net.last.handlers.closed(4100, '{"code":"draining","retry_ms":5000}');
    net.clock.advance(4000);
    net.wake();
    expect(connection.status).toMatchObject({ state: "waiting", retryAt: net.clock.now() + 1000 });
    connection.retryNow();
    expect(connection.status.state).toBe("connecting");
  });

  it.each([4200, 4201, 4203, 1002, 1007, 1009])("does not come back from %d by itself", (code) => {
    online();
    net.last.handlers.closed(code, "");
    expect(connection.status.state).toBe("ended");
    net.clock.advance(3_600_000);
    net.wake();
    expect(net.sockets).toHaveLength(1);
  });

  it("comes back at once when the network or the page wakes", () => {
    online();
    net.last.handlers.closed(1006, "");
    net.sleep();
    expect(connection.status).toMatchObject({ state: "waiting", offline: true });
    net.wake();
    expect(connection.status.state).toBe("connecting");
    expect(net.sockets).toHaveLength(2);
  });

  it("says that it is offline when it is cut off without a network", () => {
    online();
    net.online = false;
    net.last.handlers.closed(1006, "");
    expect(connection.status).toMatchObject({ state: "waiting", offline: true });
  });

  it.each(["{", null, '{"type":"sync"}'])("takes the frame %s, which it cannot read, as a broken connection", (broken) => {
    online();
    net.last.handlers.received(broken);
    expect(connection.status.state).toBe("waiting");
    expect(net.last.closedByClient).toBe(true);
  });

  it("ignores events that it does not know", () => {
    online();
    net.last.say({ type: "typing", channel: "general" });
    net.last.say({ type: "error", code: "binary_frame", message: "No." });
    expect(connection.status.state).toBe("online");
  });
});

describe("stopping", () => {
  it("leaves nothing behind", () => {
    online();
    const answers: unknown[] = [];
    connection.ask({ type: "ping" }, (answer) => answers.push(answer));
    connection.dispose();
    expect(answers).toMatchObject([{ ok: false, error: { code: "disconnected" } }]);
    expect(net.last.closedByClient).toBe(true);
    expect(net.clock.waiting).toBe(0);
    expect(net.listening).toBe(0);
    expect(connection.status.state).toBe("idle");
  });

  it("ends a wait", () => {
    online();
    net.last.handlers.closed(1006, "");
    connection.stop();
    net.clock.advance(60_000);
    expect(net.sockets).toHaveLength(1);
  });
});
