import { createStore, type StoreApi } from "zustand/vanilla";
import { GENERAL } from "../protocol/frames.ts";
import type { ChannelState, ChatState } from "./model.ts";
import type { Channel, Overlay } from "./timeline/channel.ts";

const beginning: ChatState = {
  me: null,
  link: { state: "idle" },
  limits: { text: 4000, rate: 0, channels: 200 },
  order: [],
  channels: {},
  open: GENERAL,
  storageFailed: false,
};

/** Tells the features what changed: what comes in is gathered and told once per frame, what a person does at once. */
export class Publisher {
  readonly store: StoreApi<ChatState> = createStore<ChatState>(() => beginning);
  private part: Partial<ChatState> = {};
  private readonly touched = new Set<Channel>();
  private membership: ReadonlyMap<string, Channel> | null = null;
  private scheduled = false;

  constructor(
    private readonly schedule: (publish: () => void) => void,
    private readonly overlay: Overlay,
  ) {}

  /** The open channel's name, also before it is told. */
  get open(): string {
    return this.part.open ?? this.store.getState().open;
  }

  set open(name: string) {
    this.set({ open: name });
  }

  set(part: Partial<ChatState>): void {
    this.part = { ...this.part, ...part };
    this.soon();
  }

  touch(channel: Channel): void {
    this.touched.add(channel);
    this.soon();
  }

  /** Channels were joined or left. */
  members(channels: ReadonlyMap<string, Channel>): void {
    this.membership = channels;
    for (const channel of channels.values()) this.touched.add(channel);
    this.soon();
  }

  /** Forgets what belonged to the one who was here. */
  restart(): void {
    this.touched.clear();
    const { link, storageFailed } = this.store.getState();
    this.part = { ...beginning, link, storageFailed, ...this.part, me: null };
    this.membership = new Map();
    this.soon();
  }

  /** Tells now. */
  flush(): void {
    const part = { ...this.part };
    this.part = {};
    if (this.touched.size > 0 || this.membership) part.channels = this.channels();
    if (this.membership) part.order = inOrder([...this.membership.keys()]);
    this.membership = null;
    if (Object.keys(part).length > 0) this.store.setState(part);
  }

  private channels(): Record<string, ChannelState> {
    const before = this.store.getState().channels;
    const after = new Map<string, ChannelState>();
    // A channel may be called "constructor": only what is the record's own counts.
    for (const name of this.membership?.keys() ?? Object.keys(before)) {
      const state = Object.hasOwn(before, name) ? before[name] : undefined;
      if (state) after.set(name, state);
    }
    for (const channel of this.touched) {
      const member = this.membership ? this.membership.get(channel.name) === channel : after.has(channel.name);
      if (member) after.set(channel.name, channel.state(this.overlay));
    }
    this.touched.clear();
    return Object.fromEntries(after);
  }

  private soon(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.schedule(() => {
      this.scheduled = false;
      this.flush();
    });
  }
}

/** general first, then by name. */
function inOrder(names: string[]): string[] {
  return names.sort((a, b) => Number(b === GENERAL) - Number(a === GENERAL) || (a < b ? -1 : 1));
}
