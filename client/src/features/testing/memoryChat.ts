/** A Chat without a server, for component tests and screenshots: it keeps everything in memory and answers at once or when told to. */
import { createStore } from "zustand/vanilla";
import type { ChannelInfo, ChannelState, Chat, ChatState, Outcome, Row, Timeline } from "../../chat/model";

export interface MemoryOptions {
  user?: string | null; // null: nobody has entered
  now?: () => number;
  /** Messages of each joined channel, oldest first; all but the last `page` are loaded by loadOlder. */
  rows?: Record<string, Row[]>;
  topics?: Record<string, string>;
  /** Channels that exist but are not joined. */
  others?: ChannelInfo[];
  page?: number;
  kept?: { user: string; here: boolean };
  latest?: Row[];
  acknowledge?: boolean; // false: what is sent stays pending
  state?: Partial<ChatState>;
  channels?: Record<string, Partial<ChannelState>>;
}

/** What a test may do besides what features may: play the server's and the other people's part. */
export interface MemoryChat extends Chat {
  calls: string[];
  set(part: Partial<ChatState>): void;
  setChannel(name: string, part: Partial<ChannelState>): void;
  setTimeline(name: string, part: Partial<Timeline>): void;
  /** Somebody else says something, live. */
  say(channel: string, user: string, text: string): Row;
  refuse(method: string, message: string): void;
}

let counter = 0;

export function makeRow(part: Partial<Row> & { user: string; text: string; seq: number; at: number }): Row {
  return { id: `${part.user.replace(/\W/gu, "")}.${++counter}`, rev: part.seq, mine: false, ...part };
}

export function createMemoryChat(options: MemoryOptions = {}): MemoryChat {
  const { user = "mika", now = Date.now, page = 50, acknowledge = true } = options;
  const all: Record<string, Row[]> = { general: [], ...options.rows };
  const listeners = new Set<(row: Row, channel: string) => void>();
  const refusals = new Map<string, string>();
  const calls: string[] = [];
  const others = [...(options.others ?? [])];

  const timeline = (name: string): Timeline => {
    const rows = all[name] ?? [];
    return { rows: rows.slice(-page), version: 1, older: rows.length > page, live: true, load: "idle" };
  };
  const channel = (name: string): ChannelState => {
    const seq = Math.max(0, ...(all[name] ?? []).slice(-200).map((row) => row.seq));
    return { name, topic: options.topics?.[name] ?? "", seq, readSeq: seq, unread: 0, divider: null, muted: false, draft: "", timeline: timeline(name), ...options.channels?.[name] };
  };
  const order = (names: string[]) => names.sort((a, b) => (a === "general" ? -1 : b === "general" ? 1 : a < b ? -1 : 1));
  const store = createStore<ChatState>(() => ({
    me: user === null ? null : { user, sender: "me" },
    link: user === null ? { state: "idle" } : { state: "online" },
    limits: { text: 4000, rate: 10, channels: 200 },
    order: order(Object.keys(all)),
    channels: Object.fromEntries(Object.keys(all).map((name) => [name, channel(name)])),
    open: "general",
    storageFailed: false,
    ...options.state,
  }));

  const setChannel = (name: string, part: Partial<ChannelState>) => {
    const state = store.getState();
    const known = state.channels[name];
    if (known) store.setState({ channels: { ...state.channels, [name]: { ...known, ...part } } });
  };
  const setTimeline = (name: string, part: Partial<Timeline>) => {
    const known = store.getState().channels[name]?.timeline;
    if (known) setChannel(name, { timeline: { ...known, ...part, version: known.version + 1 } });
  };
  const setRows = (name: string, change: (rows: readonly Row[]) => Row[]) =>
    setTimeline(name, { rows: change(store.getState().channels[name]?.timeline.rows ?? []) });
  const patch = (name: string, id: string, part: Partial<Row>) =>
    setRows(name, (rows) => rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  const drop = (name: string, id: string) => setRows(name, (rows) => rows.filter((row) => row.id !== id));
  const outcome = (method: string): Outcome => {
    const message = refusals.get(method);
    return message === undefined ? { ok: true } : { ok: false, error: { code: "refused", message } };
  };
  const post = (name: string, row: Row) => {
    const seq = (store.getState().channels[name]?.seq ?? 0) + 1;
    const posted = { ...row, seq, rev: seq };
    setRows(name, (rows) => [...rows.filter((each) => each.id !== row.id), posted]);
    setChannel(name, { seq });
    return posted;
  };
  const add = (info: ChannelInfo) => {
    all[info.name] = [];
    const state = store.getState();
    store.setState({ order: order([...state.order, info.name]), channels: { ...state.channels, [info.name]: { ...channel(info.name), topic: info.topic } } });
  };

  return {
    store,
    calls,
    set: (part) => store.setState(part),
    setChannel,
    setTimeline,
    refuse: (method, message) => void refusals.set(method, message),
    say(name, author, text) {
      const row = post(name, makeRow({ user: author, text, seq: 0, at: now() }));
      setChannel(name, { unread: (store.getState().channels[name]?.unread ?? 0) + 1 });
      for (const listener of listeners) listener(row, name);
      return row;
    },
    enter(name) {
      calls.push(`enter ${name}`);
      const result = outcome("enter");
      if (result.ok) store.setState({ me: { user: name, sender: "me" }, link: { state: "online" } });
      return Promise.resolve(result);
    },
    kept: () => options.kept ?? null,
    fetchLatest: () => (options.latest ? Promise.resolve(options.latest) : Promise.reject(new Error("no server"))),
    leaveChat() {
      calls.push("leaveChat");
      store.setState({ me: null, link: { state: "idle" } });
      return Promise.resolve();
    },
    retryNow: () => void calls.push("retryNow"),
    openChannel(name) {
      calls.push(`openChannel ${name}`);
      store.setState({ open: name });
    },
    send(name, text) {
      calls.push(`send ${name} ${text}`);
      const row: Row = { ...makeRow({ user: store.getState().me?.user ?? "", text, seq: 0, at: now() }), mine: true };
      setRows(name, (rows) => [...rows, { ...row, change: "send", sending: { state: "waiting", since: now() } }]);
      if (acknowledge) post(name, row);
    },
    edit(name, id, text) {
      calls.push(`edit ${name} ${id} ${text}`);
      patch(name, id, { text, editedAt: now() });
    },
    remove(name, id) {
      calls.push(`remove ${name} ${id}`);
      patch(name, id, { deleted: true, text: "" });
    },
    retry: (name, id) => void calls.push(`retry ${name} ${id}`),
    discard(name, id) {
      calls.push(`discard ${name} ${id}`);
      drop(name, id);
    },
    setDraft: (name, draft) => setChannel(name, { draft }),
    loadOlder(name) {
      calls.push(`loadOlder ${name}`);
      const rows = store.getState().channels[name]?.timeline.rows ?? [];
      const whole = all[name] ?? [];
      const from = whole.findIndex((row) => row.id === rows[0]?.id);
      setTimeline(name, { rows: [...whole.slice(Math.max(0, from - page), from), ...rows], older: from > page });
    },
    loadNewer: (name) => void calls.push(`loadNewer ${name}`),
    jumpToLatest(name) {
      calls.push(`jumpToLatest ${name}`);
      setTimeline(name, { ...timeline(name) });
    },
    markRead(name, seq) {
      const known = store.getState().channels[name];
      if (known && seq > known.readSeq) setChannel(name, { readSeq: seq, unread: Math.max(0, known.seq - seq) });
    },
    markAllRead() {
      calls.push("markAllRead");
      for (const name of store.getState().order) setChannel(name, { unread: 0, divider: null });
    },
    setMuted: (name, muted) => setChannel(name, { muted }),
    listChannels(after) {
      const message = refusals.get("listChannels");
      if (message !== undefined) return Promise.resolve({ code: "refused", message });
      const state = store.getState();
      const known = [...state.order.map((name) => ({ name, topic: state.channels[name]?.topic ?? "" })), ...others];
      const rest = known.filter((each) => each.name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
      return Promise.resolve({ channels: rest.slice(0, 500), more: rest.length > 500 });
    },
    createChannel(name, topic) {
      calls.push(`createChannel ${name} ${topic}`);
      const result = outcome("createChannel");
      if (result.ok) add({ name, topic });
      return Promise.resolve(result);
    },
    join(name) {
      calls.push(`join ${name}`);
      const result = outcome("join");
      const found = others.findIndex((each) => each.name === name);
      if (result.ok) add(others.splice(found, found < 0 ? 0 : 1)[0] ?? { name, topic: "" });
      return Promise.resolve(result);
    },
    leave(name) {
      calls.push(`leave ${name}`);
      const { order: names, channels, open } = store.getState();
      const rest = Object.fromEntries(Object.entries(channels).filter(([each]) => each !== name));
      store.setState({ order: names.filter((each) => each !== name), channels: rest, open: open === name ? "general" : open });
      return Promise.resolve({ ok: true });
    },
    onArrival(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose: () => listeners.clear(),
  };
}
