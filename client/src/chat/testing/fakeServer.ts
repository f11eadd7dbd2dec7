import type { OpenSocket, Socket, SocketHandlers } from "../../connection/environment.ts";
import { FakeLog, type State } from "./fakeLog.ts";

export type Wire = Record<string, unknown> & { type: string };
type Request = Wire & { id: string; channel: string; nonce: string; text: string; message: string; rev: number };

/** A server of the protocol, as docs/protocol.md has it, that does nothing until it is told to. */
export class FakeServer {
  readonly channels = new Map<string, FakeLog>([["general", new FakeLog("general", "Everything")]]);
  readonly connections: FakeConnection[] = [];
  limits = { text: 4000, frame: 65536, channels: 200, rate: 0 };
  /** A rev older than the tail by more than this cannot be caught up from. */
  keeps = 1_000;
  /** How many messages a sync frame holds. */
  syncSize = 3;
  /** The most messages that a page of history holds. */
  pageSize = 100;
  /** History is read from a state that is this many revs old. */
  lag = 0;
  /** Answers a request with an error instead. */
  refuse: (request: Request) => Wire | null = () => null;
  /** Everything that was asked, in order. */
  readonly asked: Request[] = [];
  at = Date.UTC(2026, 10, 24, 9);

  readonly open: OpenSocket = (handlers) => {
    const connection = new FakeConnection(this, handlers);
    this.connections.push(connection);
    return connection;
  };

  log(channel: string): FakeLog {
    const log = this.channels.get(channel);
    if (!log) throw new Error(`there is no channel ${channel}`);
    return log;
  }

  create(channel: string): FakeLog {
    const log = new FakeLog(channel, `About ${channel}`);
    this.channels.set(channel, log);
    return log;
  }

  /** Somebody else does something. */
  post(channel: string, user: string, text: string, nonce = `n${this.at}`): State {
    return this.committed(this.log(channel).post(user, `${user}.${nonce}`, text, this.at++));
  }

  edit(channel: string, id: string, text: string): State {
    return this.committed(this.log(channel).change(id, { text, edited: this.at++ }));
  }

  remove(channel: string, id: string): State {
    return this.committed(this.log(channel).change(id, { text: "", deleted: true }));
  }

  committed(state: State): State {
    for (const connection of this.connections) connection.event(state);
    return state;
  }

  /** Lets everything happen that can. */
  settle(): void {
    let busy = true;
    while (busy) {
      busy = false;
      for (const connection of [...this.connections]) {
        if (connection.step()) busy = true;
      }
    }
  }

  cut(code = 1006, reason = ""): void {
    for (const connection of [...this.connections]) connection.cut(code, reason);
  }

  requests(type: string): Request[] {
    return this.asked.filter((request) => request.type === type);
  }
}

/** One connection, seen from the server. */
export class FakeConnection implements Socket {
  opened = false;
  user = "";
  session = "";
  readonly joined = new Set<string>();
  readonly outgoing: Wire[] = [];
  private readonly incoming: string[] = [];

  constructor(
    private readonly server: FakeServer,
    private readonly handlers: SocketHandlers,
  ) {}

  send(text: string): void {
    this.incoming.push(text);
  }

  close(): void {
    this.forget();
  }

  /** Does the next thing that can be done; false when there is none. */
  step(): boolean {
    if (!this.opened) {
      this.opened = true;
      this.handlers.opened();
      return true;
    }
    return this.process() || this.deliver();
  }

  process(): boolean {
    const text = this.incoming.shift();
    if (text === undefined) return false;
    const request = JSON.parse(text) as Request;
    this.server.asked.push(request);
    const error = this.server.refuse(request);
    if (error) this.outgoing.push({ message: "No.", ...error, id: request.id });
    else this.handle(request);
    return true;
  }

  deliver(): boolean {
    const frame = this.outgoing.shift();
    if (!frame) return false;
    this.handlers.received(JSON.stringify(frame));
    return true;
  }

  cut(code = 1006, reason = ""): void {
    this.forget();
    this.handlers.closed(code, reason);
  }

  event(state: State): void {
    if (this.joined.has(state.channel)) this.outgoing.push(wire(state));
  }

  private forget(): void {
    const at = this.server.connections.indexOf(this);
    if (at >= 0) this.server.connections.splice(at, 1);
    this.joined.clear();
    this.outgoing.length = 0;
    this.incoming.length = 0;
  }

  private reply(request: Request, fields: Wire): void {
    this.outgoing.push({ ...fields, id: request.id });
  }

  private error(request: Request, code: string, more: Record<string, unknown> = {}): void {
    this.reply(request, { type: "error", code, message: `Refused: ${code}.`, ...more });
  }

  private handle(request: Request): void {
    const log = this.server.channels.get(request.channel);
    if (request.type === "hello") this.hello(request);
    else if (request.type === "ping") this.reply(request, { type: "pong" });
    else if (request.type === "channels") this.list(request);
    else if (request.type === "create") this.create(request);
    else if (!log) this.error(request, "unknown_channel");
    else if (request.type === "join") {
      const place = this.join(log, request.rev);
      this.reply(request, { type: "joined", channel: place });
      this.catchUp(log, request.rev, place);
    } else if (request.type === "leave") {
      this.joined.delete(log.name);
      this.reply(request, { type: "left", channel: log.name });
    } else if (request.type === "history") this.history(request, log);
    else this.change(request, log);
  }

  private hello(request: Request): void {
    this.user = request.user as string;
    this.session = request.session as string;
    for (const other of [...this.server.connections]) {
      if (other !== this && other.user === this.user && other.session === this.session) other.cut(4200, '{"code":"replaced"}');
    }
    const asked = { general: 0, ...(request.channels as Record<string, number>) };
    const missing = Object.keys(asked).filter((name) => !this.server.channels.has(name));
    const logs = Object.entries(asked).flatMap(([name, rev]) => {
      const log = this.server.channels.get(name);
      return log ? [{ log, rev, place: this.join(log, rev) }] : [];
    });
    this.reply(request, {
      type: "welcome",
      user: this.user,
      sender: this.user,
      session: this.session,
      channels: logs.map(({ place }) => place),
      ...(missing.length > 0 && { missing }),
      limits: this.server.limits,
    });
    for (const { log, rev, place } of logs) this.catchUp(log, rev, place);
  }

  private join(log: FakeLog, rev: number): Wire & { reset?: boolean } {
    this.joined.add(log.name);
    const reset = rev > log.rev || (rev > 0 && log.rev - rev > this.server.keeps);
    return { name: log.name, topic: log.topic, rev: log.rev, seq: log.seq, ...(reset && { reset }) } as unknown as Wire;
  }

  private catchUp(log: FakeLog, rev: number, place: { reset?: boolean }): void {
    if (rev === 0 || place.reset || rev === log.rev) return;
    const states = log.since(rev);
    for (let i = 0; i < states.length; i += this.server.syncSize) {
      const part = states.slice(i, i + this.server.syncSize);
      const last = i + this.server.syncSize >= states.length;
      this.outgoing.push({ type: "sync", channel: log.name, rev: last ? log.rev : (part.at(-1)?.rev ?? 0), messages: part.map(wire) });
    }
  }

  private list(request: Request): void {
    const after = typeof request.after === "string" ? request.after : "";
    const names = [...this.server.channels.values()].filter((log) => log.name > after);
    this.reply(request, { type: "channels", channels: names.map(({ name, topic }) => ({ name, topic })), more: false });
  }

  private create(request: Request): void {
    const name = request.channel.toLowerCase();
    if (this.server.channels.has(name)) {
      this.error(request, "channel_exists");
      return;
    }
    this.reply(request, { type: "joined", channel: this.join(this.server.create(name), 0) });
  }

  private history(request: Request, log: FakeLog): void {
    const { before, after, limit } = request as { before?: number; after?: number; limit?: number };
    this.reply(request, { type: "history", channel: log.name, ...log.page(before, after, Math.min(limit ?? 50, this.server.pageSize), this.server.lag) });
  }

  private change(request: Request, log: FakeLog): void {
    const key = `${this.user}.${request.nonce}`;
    const done = log.done.get(key);
    const ack = (state: State) =>
      this.reply(request, { type: "ack", channel: log.name, message: state.id, seq: state.seq, rev: state.rev, at: new Date(state.edited ?? state.at).toISOString() });
    if (done) {
      if (done.asked === JSON.stringify([request.type, request.text, request.message])) ack(done.state);
      else this.error(request, "nonce_reused");
      return;
    }
    if (!this.joined.has(log.name)) {
      this.error(request, "not_joined");
      return;
    }
    const target = log.states.get(request.message);
    if (request.type !== "send" && target?.deleted) {
      this.error(request, "message_deleted");
      return;
    }
    const state =
      request.type === "send"
        ? log.post(this.user, key, request.text, this.server.at++)
        : log.change(request.message, request.type === "edit" ? { text: request.text, edited: this.server.at++ } : { text: "", deleted: true });
    log.done.set(key, { asked: JSON.stringify([request.type, request.text, request.message]), state });
    this.server.committed(state);
    ack(state);
  }
}

/** A state as it goes over the wire. */
export function wire(state: State): Wire {
  const { edited, at, ...rest } = state;
  return { type: "message", ...rest, at: new Date(at).toISOString(), ...(edited !== undefined && { edited: new Date(edited).toISOString() }) };
}
