import type { Environment, OpenSocket, Socket, SocketHandlers, Wakes } from "../environment.ts";
import { FakeClock } from "./fakeClock.ts";

/** A frame as the other side sees it. */
export type Wire = Record<string, unknown> & { type: string };

/** One socket that was opened, seen from the server. */
export class FakeSocket implements Socket {
  readonly sent: Wire[] = [];
  closedByClient = false;

  constructor(readonly handlers: SocketHandlers) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Wire);
  }

  close(): void {
    this.closedByClient = true;
  }

  /** The request of this type that was sent last. */
  request(type: string): Wire & { id: string } {
    const found = this.sent.findLast((frame) => frame.type === type);
    if (!found) throw new Error(`no ${type} was sent; there are: ${this.sent.map((frame) => frame.type).join(", ")}`);
    return found as Wire & { id: string };
  }

  say(frame: Wire): void {
    this.handlers.received(JSON.stringify(frame));
  }

  /** Answers the last hello. */
  welcome(fields: Record<string, unknown> = {}): void {
    const hello = this.request("hello");
    this.say({
      type: "welcome",
      id: hello.id,
      user: hello.user,
      sender: "sender",
      session: hello.session,
      channels: [{ name: "general", topic: "", rev: 0, seq: 0 }],
      limits: { text: 4000, frame: 65536, channels: 200, rate: 10 },
      ...fields,
    });
  }
}

/** What tests hold of the fake world: its clock, its sockets and its network. */
export class FakeNetwork {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  online = true;
  /** What `random` gives. */
  chance = 0.5;
  /** Makes opening a socket throw. */
  refusing = false;
  private readonly wokeListeners = new Set<() => void>();
  private readonly sleptListeners = new Set<() => void>();

  private readonly open: OpenSocket = (handlers) => {
    if (this.refusing) throw new Error("refused");
    const socket = new FakeSocket(handlers);
    this.sockets.push(socket);
    return socket;
  };

  private readonly wakes: Wakes = {
    online: () => this.online,
    listen: (woke, slept) => {
      this.wokeListeners.add(woke);
      this.sleptListeners.add(slept);
      return () => {
        this.wokeListeners.delete(woke);
        this.sleptListeners.delete(slept);
      };
    },
  };

  get environment(): Environment {
    return { clock: this.clock, open: this.open, wakes: this.wakes, random: () => this.chance };
  }

  /** The socket that was opened last. */
  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  get listening(): number {
    return this.wokeListeners.size + this.sleptListeners.size;
  }

  wake(): void {
    this.online = true;
    for (const listener of this.wokeListeners) listener();
  }

  sleep(): void {
    this.online = false;
    for (const listener of this.sleptListeners) listener();
  }
}
