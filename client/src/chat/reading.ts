import { Listeners } from "../connection/listeners.ts";
import type { Channels } from "./channels.ts";
import type { Page, Tabs } from "./deps.ts";
import type { Row } from "./model.ts";
import type { Publisher } from "./publisher.ts";
import type { Channel } from "./timeline/channel.ts";
import type { Visit } from "./visit.ts";

/** What is open, what has been read and what is muted; the latter two are the same in all tabs of one user. */
export class Reading {
  readonly onArrival = new Listeners<[row: Row, channel: string]>();
  private readonly stopListening: () => void;

  constructor(
    private readonly page: Page,
    private readonly tabs: Tabs,
    private readonly visit: Visit,
    private readonly publisher: Publisher,
    private readonly channels: Channels,
  ) {
    this.stopListening = tabs.listen((message) => {
      if (message.sender !== visit.profile?.sender) return;
      const channel = channels.get(message.channel);
      if (!channel) return;
      if (message.type === "muted") channel.muted = message.muted;
      else channel.read(message.seq);
      publisher.touch(channel);
    });
  }

  /** The name of the open channel. */
  get open(): string {
    return this.publisher.open;
  }

  /** Opens a channel, leaving the one before. */
  show(name: string): void {
    const channel = this.channels.get(name);
    if (!channel || channel.open) return;
    const before = this.channels.get(this.open);
    if (before?.open) {
      this.channels.loader(before.name)?.stop();
      before.setOpen(false);
      this.publisher.touch(before);
    }
    this.publisher.open = name;
    this.visit.profile?.setOpen(name);
    channel.setOpen(true);
    const loader = this.channels.loader(name);
    // What came while it was closed may have been more than is held of a closed channel.
    if (channel.window.loaded && !channel.live) loader?.anew();
    else loader?.first();
    this.publisher.touch(channel);
  }

  /** Everything in a channel up to seq has been read; false when that was known. */
  mark(name: string, seq: number): boolean {
    const channel = this.channels.get(name);
    const sender = this.visit.profile?.sender;
    if (!channel || sender === undefined || !channel.read(seq) || channel.readSeq === null) return false;
    this.visit.profile?.setRead(name, channel.readSeq);
    this.tabs.post({ type: "read", sender, channel: name, seq: channel.readSeq });
    this.publisher.touch(channel);
    return true;
  }

  markAll(): void {
    for (const channel of this.channels.all.values()) this.mark(channel.name, channel.seq);
  }

  mute(name: string, muted: boolean): void {
    const channel = this.channels.get(name);
    const sender = this.visit.profile?.sender;
    if (!channel || sender === undefined || channel.muted === muted) return;
    channel.muted = muted;
    this.visit.profile?.setMuted(name, muted);
    this.tabs.post({ type: "muted", sender, channel: name, muted });
    this.publisher.touch(channel);
  }

  /** A message of somebody else came in the stream. */
  arrived(row: Row, channel: Channel): void {
    if (!this.page.attentive()) channel.arrivedUnseen();
    this.onArrival.tell(row, channel.name);
  }

  dispose(): void {
    this.stopListening();
  }
}
