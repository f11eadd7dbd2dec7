import { beforeEach, describe, expect, it } from "vitest";
import type { Hello } from "../protocol/frames.ts";
import { Connection } from "./connection.ts";
import type { Refused } from "./requests.ts";
import { FakeNetwork } from "./testing/fakeNetwork.ts";

let net: FakeNetwork;
let connection: Connection;
const hello = (): Hello => ({ type: "hello", user: "anna", session: "s1", channels: {} });

beforeEach(() => {
  net = new FakeNetwork();
  connection = new Connection(net.environment);
});

function online(): void {
  connection.start(hello);
  net.last.handlers.opened();
  net.last.welcome();
}

describe("requests", () => {
  it("get their own reply", () => {
    online();
    const replies: string[] = [];
    connection.ask({ type: "join", channel: "a", rev: 0 }, (answer) => replies.push(answer.ok ? answer.reply.channel.name : ""));
    const first = net.last.request("join").id;
    connection.ask({ type: "join", channel: "b", rev: 0 }, (answer) => replies.push(answer.ok ? answer.reply.channel.name : ""));
    const second = net.last.request("join").id;
    net.last.say({ type: "joined", id: second, channel: { name: "b", topic: "", rev: 0, seq: 0 } });
    net.last.say({ type: "joined", id: first, channel: { name: "a", topic: "", rev: 0, seq: 0 } });
    net.last.say({ type: "joined", id: first, channel: { name: "again", topic: "", rev: 0, seq: 0 } });
    expect(replies).toEqual(["b", "a"]);
  });

  it("get the server's refusal whole", () => {
    online();
    let error: Refused | null = null;
    connection.ask({ type: "send", channel: "general", nonce: "n", text: "x" }, (answer) => (error = answer.ok ? null : answer.error));
    const id = net.last.request("send").id;
    net.last.say({ type: "error", id, code: "too_fast", message: "Slower.", field: "rate", limit: 10, retry: true, retry_ms: 400 });
    expect(error).toEqual({ code: "too_fast", message: "Slower.", field: "rate", limit: 10, retry: true, retryMs: 400 });
  });

  it("are not sent without a connection", () => {
    const codes: string[] = [];
    connection.ask({ type: "ping" }, (answer) => codes.push(answer.ok ? "ok" : answer.error.code));
    connection.start(hello);
    connection.ask({ type: "ping" }, (answer) => codes.push(answer.ok ? "ok" : answer.error.code));
    expect(codes).toEqual(["disconnected", "disconnected"]);
  });

  it("fail after their deadline, when the connection is asked whether it lives", () => {
    online();
    const codes: string[] = [];
    connection.ask({ type: "leave", channel: "dev" }, (answer) => codes.push(answer.ok ? "ok" : answer.error.code));
    net.clock.advance(9_999);
    expect(codes).toEqual([]);
    net.clock.advance(1);
    expect(codes).toEqual(["timed_out"]);
    net.last.say({ type: "pong", id: net.last.request("ping").id });
    net.clock.advance(10_000);
    expect(connection.status.state).toBe("online");
  });

  it("are bounded", () => {
    online();
    const codes: string[] = [];
    for (let i = 0; i < 300; i++) connection.ask({ type: "ping" }, (answer) => codes.push(answer.ok ? "ok" : answer.error.code));
    expect(codes).toEqual(Array.from({ length: 300 - 256 }, () => "too_many_requests"));
  });

  it("end the connection when the reply is of another kind than asked", () => {
    online();
    connection.ask({ type: "leave", channel: "dev" }, () => undefined);
    net.last.say({ type: "pong", id: net.last.request("leave").id });
    expect(connection.status.state).toBe("waiting");
  });
});

describe("liveness", () => {
  it("pings after silence and reconnects without a pong", () => {
    online();
    net.clock.advance(29_999);
    expect(net.last.sent).toHaveLength(1);
    net.clock.advance(1);
    expect(net.last.request("ping")).toBeTruthy();
    net.clock.advance(10_000);
    expect(connection.status.state).toBe("waiting");
    expect(net.last.closedByClient).toBe(true);
  });

  it("is content with a pong, or with anything else that comes", () => {
    online();
    for (let i = 0; i < 10; i++) {
      net.clock.advance(30_000);
      if (i % 2) net.last.say({ type: "pong", id: net.last.request("ping").id });
      else {
        net.clock.advance(1);
        net.last.say({ type: "sync", channel: "general", rev: 1, messages: [] });
        net.clock.advance(9_999);
      }
    }
    expect(connection.status.state).toBe("online");
  });

  it("does not ping a connection that talks", () => {
    online();
    for (let i = 0; i < 20; i++) {
      net.clock.advance(20_000);
      net.last.say({ type: "sync", channel: "general", rev: 1, messages: [] });
    }
    expect(net.last.sent).toHaveLength(1);
  });

  it("asks when the page wakes, once", () => {
    online();
    net.wake();
    net.wake();
    net.sleep();
    expect(net.last.sent.map((frame) => frame.type)).toEqual(["hello", "ping"]);
  });
});
