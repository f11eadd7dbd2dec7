import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openTo, socketAddress } from "./browser.ts";

/** What a page sees of a browser's WebSocket. */
class StubSocket {
  static readonly OPEN = 1;
  static last: StubSocket;
  readyState = 0;
  readonly sent: string[] = [];
  onopen: () => void = () => undefined;
  onmessage: (event: { data: unknown }) => void = () => undefined;
  onclose: (event: { code: number; reason: string }) => void = () => undefined;

  constructor(
    readonly address: string,
    readonly protocols: string[],
  ) {
    StubSocket.last = this;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 2;
  }
}

describe("the browser's socket", () => {
  beforeEach(() => void vi.stubGlobal("WebSocket", StubSocket));
  afterEach(() => void vi.unstubAllGlobals());

  it.each([
    ["http:", "localhost:8080", "ws://localhost:8080/chat"],
    ["https:", "chat.example.org", "wss://chat.example.org/chat"],
  ])("from %s//%s goes to %s, with nothing in the address", (protocol, host, address) => {
    expect(socketAddress({ protocol, host })).toBe(address);
  });

  it("speaks the subprotocol, tells what comes, and sends only while it is open", () => {
    const heard: unknown[] = [];
    const socket = openTo("ws://localhost/chat")({
      opened: () => heard.push("opened"),
      received: (text) => heard.push(text),
      closed: (code, reason) => heard.push([code, reason]),
    });
    const { last } = StubSocket;
    expect(last.protocols).toEqual(["parley.v1"]);
    socket.send("too early");
    last.readyState = StubSocket.OPEN;
    last.onopen();
    socket.send("in time");
    last.onmessage({ data: "text" });
    last.onmessage({ data: new ArrayBuffer(1) });
    socket.close();
    socket.send("too late");
    last.onclose({ code: 4000, reason: "{}" });
    expect(last.sent).toEqual(["in time"]);
    expect(heard).toEqual(["opened", "text", null, [4000, "{}"]]);
  });
});
