import type { Clock, Timer } from "../../connection/environment.ts";
import { fields, type Kept, strings } from "./kept.ts";

/** How long a draft may be unsaved while one types, in milliseconds. */
const SAVE_AFTER = 400;

/**
 * What this browser keeps of one user: channels, read markers, mutes, drafts, and where they were. Several tabs of the
 * user write here, so each change reads what is there first and changes only its own part.
 */
export class Profile {
  private readonly unsaved = new Map<string, string>();
  private timer: Timer | null = null;

  constructor(
    readonly sender: string,
    private readonly kept: Kept,
    private readonly clock: Clock,
  ) {}

  channels(): string[] {
    return strings(this.kept.read(this.key("channels")));
  }

  joined(channel: string): void {
    this.addTo("channels", channel);
  }

  left(channel: string): void {
    this.removeFrom("channels", channel);
    this.setDraft(channel, "");
  }

  muted(): string[] {
    return strings(this.kept.read(this.key("muted")));
  }

  setMuted(channel: string, muted: boolean): void {
    if (muted) this.addTo("muted", channel);
    else this.removeFrom("muted", channel);
  }

  /** The marker of a channel, or null when it was never read here. */
  readSeq(channel: string): number | null {
    const seq = fields(this.kept.read(this.key("read")))[channel];
    return typeof seq === "number" && Number.isSafeInteger(seq) && seq >= 0 ? seq : null;
  }

  setRead(channel: string, seq: number): void {
    const markers = fields(this.kept.read(this.key("read")));
    this.kept.write(this.key("read"), { ...markers, [channel]: seq });
  }

  /** The channel that was open last. */
  open(): string | null {
    const open = this.kept.read(this.key("open"));
    return typeof open === "string" ? open : null;
  }

  setOpen(channel: string): void {
    this.kept.write(this.key("open"), channel);
  }

  draft(channel: string): string {
    const draft = this.unsaved.get(channel) ?? this.kept.read(this.key(`draft:${channel}`));
    return typeof draft === "string" ? draft : "";
  }

  /** Saved a moment later, so that typing does not wait for storage. */
  setDraft(channel: string, text: string): void {
    this.unsaved.set(channel, text);
    this.timer ??= this.clock.after(SAVE_AFTER, () => this.save());
  }

  /** Saves what is not saved yet: now, because the page may end. */
  save(): void {
    this.timer?.cancel();
    this.timer = null;
    for (const [channel, text] of this.unsaved) {
      if (text === "") this.kept.remove(this.key(`draft:${channel}`));
      else this.kept.write(this.key(`draft:${channel}`), text);
    }
    this.unsaved.clear();
  }

  /** Forgets all that is kept of this user. */
  forget(): void {
    this.unsaved.clear();
    this.save();
    this.kept.removeAll(this.key(""));
  }

  private addTo(list: string, channel: string): void {
    const all = strings(this.kept.read(this.key(list)));
    if (!all.includes(channel)) this.kept.write(this.key(list), [...all, channel]);
  }

  private removeFrom(list: string, channel: string): void {
    const all = strings(this.kept.read(this.key(list)));
    if (all.includes(channel)) this.kept.write(this.key(list), all.filter((name) => name !== channel));
  }

  private key(part: string): string {
    return `user:${this.sender}:${part}`;
  }
}
