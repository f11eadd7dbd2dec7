import { decode } from "../protocol/decode.ts";
import type { Ask, Event, Hello, ServerFrame, Welcome } from "../protocol/frames.ts";
import { fullJitter, LONGEST_WAIT, verdict, type Verdict } from "./closing.ts";
import type { Environment, Socket, Timer } from "./environment.ts";
import { Listeners } from "./listeners.ts";
import { Liveness } from "./liveness.ts";
import { type Answer, disconnected, type Refused, Requests, tooMany } from "./requests.ts";

/** How the connection stands; times are milliseconds since 1970, `since` is when there was last a connection, or the wish for one. */
export type Status =
  | { state: "idle" }
  | { state: "connecting"; since: number; attempt: number }
  | { state: "online" }
  | { state: "waiting"; since: number; retryAt: number; attempt: number; offline: boolean }
  | { state: "ended"; code: string; message: string };

/** How long a socket may take to open, in milliseconds. */
const OPENING = 10_000;
/** A connection that held this long, in milliseconds, has earned a quick reconnect. */
const STABLE = 60_000;

/**
 * One WebSocket that is kept open: it says hello, matches replies to requests, notices death, and comes back as the
 * close codes say. What was being asked when it broke is answered `disconnected`; asking again is up to who asked.
 */
export class Connection {
  readonly onStatus = new Listeners<[Status]>();
  /** Told before any frame that follows the welcome is handled. */
  readonly onWelcome = new Listeners<[Welcome]>();
  readonly onEvent = new Listeners<[Event]>();

  private current: Status = { state: "idle" };
  private socket: Socket | null = null;
  private hello: (() => Hello) | null = null;
  private attempt = 0;
  private since = 0;
  private onlineAt: number | null = null;
  /** Before this time only a person may reconnect: the server asked to be left alone. */
  private notBefore = 0;
  private timer: Timer | null = null;
  private readonly requests: Requests;
  private readonly liveness: Liveness;
  private readonly stopListening: () => void;

  constructor(private readonly env: Environment) {
    this.requests = new Requests(env.clock, () => this.liveness.probe());
    this.liveness = new Liveness(
      env.clock,
      (answered) => this.ask({ type: "ping" }, (answer) => answered(answer.ok)),
      () => this.lost({ kind: "jitter" }),
    );
    this.stopListening = env.wakes.listen(
      () => this.woke(),
      () => this.slept(),
    );
  }

  get status(): Status {
    return this.current;
  }

  /** Connects and stays connected; `hello` is asked at every connect what to say. */
  start(hello: () => Hello): void {
    this.abandon();
    this.hello = hello;
    this.attempt = 0;
    this.notBefore = 0;
    this.since = this.env.clock.now();
    this.connect();
  }

  /** Closes and stays closed. */
  stop(): void {
    this.hello = null;
    this.abandon();
    this.set({ state: "idle" });
  }

  /** Stops for good. */
  dispose(): void {
    this.stopListening();
    this.stop();
  }

  /** A person asks to connect now. */
  retryNow(): void {
    if (this.current.state === "waiting") this.connect();
  }

  /** Asks something; `done` is called once, in order with the events around the reply. */
  ask<A extends Ask>(ask: A, done: (answer: Answer<A>) => void): void {
    if (this.current.state !== "online") {
      done({ ok: false, error: disconnected });
      return;
    }
    this.put(ask, done);
  }

  private put<A extends Ask>(ask: A, done: (answer: Answer<A>) => void): void {
    const socket = this.socket;
    if (!socket || !this.requests.ask(ask, (text) => socket.send(text), done)) done({ ok: false, error: tooMany });
  }

  private connect(): void {
    this.timer?.cancel();
    this.set({ state: "connecting", since: this.since, attempt: this.attempt });
    const current = () => socket !== null && socket === this.socket;
    let socket: Socket | null = null;
    try {
      socket = this.env.open({
        opened: () => current() && this.greet(),
        received: (text) => current() && this.received(text),
        closed: (code, reason) => current() && this.lost(verdict(code, reason)),
      });
    } catch {
      // The browser refuses the address outright, which it may not do next time (a policy, a proxy).
      this.lost({ kind: "jitter" });
      return;
    }
    this.socket = socket;
    this.timer = this.env.clock.after(OPENING, () => this.lost({ kind: "jitter" }));
  }

  private greet(): void {
    this.timer?.cancel();
    if (!this.hello) return;
    this.put(this.hello(), (answer) => {
      if (answer.ok) this.welcomed(answer.reply);
      else if (answer.error.code !== disconnected.code) this.refused(answer.error);
    });
  }

  private welcomed(welcome: Welcome): void {
    this.current = { state: "online" };
    this.onlineAt = this.env.clock.now();
    this.notBefore = 0;
    this.liveness.start();
    this.onWelcome.tell(welcome);
    this.onStatus.tell(this.current);
  }

  private refused(error: Refused): void {
    if (error.retry) this.lost(error.retryMs === undefined ? { kind: "jitter" } : { kind: "after", afterMs: Math.min(error.retryMs, LONGEST_WAIT) });
    else if (error.code === "internal") this.lost({ kind: "jitter" });
    else this.lost({ kind: "end", code: error.code, message: error.message });
  }

  private received(text: string | null): void {
    this.liveness.heard();
    const decoded = text === null ? { kind: "malformed" as const } : decode(text);
    if (decoded.kind === "frame") this.handle(decoded.frame);
    // A frame that cannot be read may hold anything; skipping it could lose a message silently, coming back does not.
    else if (decoded.kind === "malformed") this.lost({ kind: "jitter" });
  }

  private handle(frame: ServerFrame): void {
    if (frame.type === "message" || frame.type === "sync") {
      this.onEvent.tell(frame);
      return;
    }
    if (frame.type === "error" && frame.id === undefined) return; // its request runs into its deadline
    if (!this.requests.settle(frame as Parameters<Requests["settle"]>[0])) this.lost({ kind: "jitter" });
  }

  /** The connection is gone, or is given up. */
  private lost(how: Verdict): void {
    const now = this.env.clock.now();
    if (this.onlineAt !== null) {
      this.since = now;
      if (now - this.onlineAt >= STABLE) this.attempt = 0;
    }
    this.current = { state: "connecting", since: this.since, attempt: this.attempt };
    this.abandon();
    if (!this.hello) return;
    if (how.kind === "end") {
      this.set({ state: "ended", code: how.code, message: how.message });
      return;
    }
    const wait = this.wait(how);
    if (how.kind === "after") this.notBefore = now + wait;
    this.attempt++;
    if (wait === 0) {
      this.connect();
      return;
    }
    this.set({ state: "waiting", since: this.since, retryAt: now + wait, attempt: this.attempt, offline: !this.env.wakes.online() });
    this.timer = this.env.clock.after(wait, () => this.connect());
  }

  private wait(how: Verdict): number {
    if (how.kind === "after" && how.afterMs !== null) return how.afterMs;
    // Now means now once; a connection that is told so again and again comes back as any other does.
    if (how.kind === "now" && this.attempt === 0) return 0;
    return fullJitter(this.attempt, this.env.random);
  }

  /** Forgets the socket; what it still says is not heard. */
  private abandon(): void {
    const socket = this.socket;
    this.socket = null;
    this.onlineAt = null;
    this.timer?.cancel();
    this.liveness.stop();
    this.requests.disconnected();
    socket?.close();
  }

  private woke(): void {
    if (this.current.state === "online") this.liveness.probe();
    else if (this.current.state === "waiting" && this.env.clock.now() >= this.notBefore) this.connect();
    else if (this.current.state === "waiting") this.set({ ...this.current, offline: !this.env.wakes.online() });
  }

  private slept(): void {
    if (this.current.state === "online") this.liveness.probe();
    else if (this.current.state === "waiting") this.set({ ...this.current, offline: true });
  }

  private set(status: Status): void {
    this.current = status;
    this.onStatus.tell(status);
  }
}
