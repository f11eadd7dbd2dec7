import type { Clock } from "../../connection/environment.ts";
import { type FillRandom, messageId, randomId } from "../../protocol/nonce.ts";
import { countCharacters } from "../../protocol/text.ts";
import type { Row, Sending } from "../model.ts";
import type { Overlay } from "../timeline/channel.ts";
import type { Failure, Item } from "./item.ts";
import type { Entry, Queue } from "./queue.ts";

/** Whose changes these are. */
export interface Author {
  user: string;
  sender: string;
  session: string;
}

/** What people do to their own messages, and how it looks until the log has it. */
export class Outbox implements Overlay {
  /** The longest text that the server takes, in characters. */
  longest = Infinity;

  constructor(
    private readonly author: () => Author,
    private readonly queue: Queue,
    private readonly clock: Clock,
    private readonly fill: FillRandom,
  ) {}

  send(channel: string, text: string): void {
    const nonce = randomId(this.fill);
    this.add({ kind: "send", channel, nonce, message: messageId(this.author().sender, nonce), text });
  }

  edit(channel: string, id: string, text: string): void {
    const post = this.queue.about(id).find((entry) => entry.item.kind === "send");
    if (post && (post.item.failure || !post.attempted)) {
      this.again(post, text);
      return;
    }
    for (const entry of this.queue.about(id)) {
      if (entry.item.kind === "edit" && (entry.item.failure || !entry.attempted)) this.queue.remove(entry);
    }
    this.add({ kind: "edit", channel, nonce: randomId(this.fill), message: id, text });
  }

  remove(channel: string, id: string): void {
    const about = this.queue.about(id);
    if (about.some((entry) => entry.item.kind === "delete" && !entry.item.failure)) return;
    const idle = (entry: Entry) => entry.item.failure !== undefined || !entry.attempted;
    const post = about.find((entry) => entry.item.kind === "send");
    for (const entry of about) if (idle(entry)) this.queue.remove(entry);
    // A message that never left leaves nothing to delete.
    if (post && idle(post)) return;
    this.add({ kind: "delete", channel, nonce: randomId(this.fill), message: id, text: "" });
  }

  /** Tries what failed about a message again. */
  retry(id: string): void {
    for (const entry of this.queue.about(id)) if (entry.item.failure) this.again(entry, entry.item.text);
  }

  /** Forgets what failed about a message. */
  discard(id: string): void {
    for (const entry of this.queue.about(id)) if (entry.item.failure) this.queue.remove(entry);
  }

  laid(row: Row): Row {
    // Only one's own messages can be changed, and most rows are not one's own.
    if (!row.mine) return row;
    return this.queue.about(row.id).reduce(lay, row);
  }

  pending(channel: string): readonly Row[] {
    const rows: Row[] = [];
    for (const entry of this.queue.of(channel)) if (entry.item.kind === "send") rows.push(this.laid(pendingRow(entry)));
    return rows;
  }

  private add(what: Pick<Item, "kind" | "channel" | "nonce" | "message" | "text">): void {
    const { user, sender, session } = this.author();
    const at = this.clock.now();
    const failure = this.refusalOf(what.text);
    this.queue.add({ ...what, user, sender, session, at, order: this.queue.nextOrder(at), ...(failure && { failure }) });
  }

  /** The same change once more, or what is to be posted in its stead. */
  private again(entry: Entry, text: string): void {
    const { failure, ...item } = entry.item;
    let { nonce, message } = item;
    if (failure?.code === "nonce_reused") {
      nonce = randomId(this.fill);
      if (item.kind === "send") message = messageId(item.sender, nonce);
    }
    const refused = this.refusalOf(text);
    this.queue.replace(entry, { ...item, nonce, message, text, ...(refused && { failure: refused }) }, this.clock.now());
  }

  /** What need not be asked: a text so long that its frame would end the connection, or one more when far too many wait. */
  private refusalOf(text: string): Failure | null {
    const length = countCharacters(text);
    if (length > this.longest) {
      const [has, most] = [length, this.longest].map((n) => new Intl.NumberFormat("en").format(n));
      return { code: "text_too_long", message: `Too long: ${has ?? ""} of ${most ?? ""} characters.`, retry: false };
    }
    if (this.queue.full) return { code: "outbox_full", message: "Too many messages are waiting already. Try again when they are sent.", retry: true };
    return null;
  }
}

function pendingRow({ item, since }: Entry): Row {
  return { id: item.message, seq: 0, rev: 0, user: item.user, text: item.text, at: item.at, mine: true, sending: sendingOf(item, since), change: "send" };
}

/** One change laid over a row. A failed deletion shows what is still there; a failed edit what was meant, so that it is not lost. */
function lay(row: Row, { item, since }: Entry): Row {
  if (item.kind === "send") return row;
  // A message that is itself on its way says that, whatever else waits behind it.
  const way = row.change === "send" ? {} : { sending: sendingOf(item, since), change: item.kind };
  if (item.kind === "edit") {
    // The message may have been deleted meanwhile. That counts, until the edit is refused: then its text must not be lost.
    if (row.deleted && !item.failure) return row;
    const edited: Row = { ...row, ...way, text: item.text, editedAt: item.at };
    delete edited.deleted;
    return edited;
  }
  return item.failure ? { ...row, ...way } : { ...row, ...way, text: "", deleted: true };
}

function sendingOf(item: Item, since: number): Sending {
  return item.failure ? { state: "failed", ...item.failure } : { state: "waiting", since };
}
