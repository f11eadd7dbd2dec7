import type { Refused } from "../connection/requests.ts";
import type { Message } from "../protocol/frames.ts";
import { ownNonce } from "../protocol/nonce.ts";
import type { Refusal, Row } from "./model.ts";

const MOST_NAMES = 5_000;

/**
 * Makes rows of messages. Names are kept once: every frame brings its own copy of its sender's name, which would
 * otherwise be held tens of thousands of times.
 */
export class Rows {
  private readonly names = new Map<string, string>();

  constructor(private readonly sender: string) {}

  of(message: Message): Row {
    const row: Row = {
      id: message.id,
      seq: message.seq,
      rev: message.rev,
      user: this.name(message.user),
      text: message.text,
      at: message.at,
      mine: this.sender !== "" && ownNonce(this.sender, message.id) !== null,
    };
    if (message.edited !== undefined) row.editedAt = message.edited;
    if (message.deleted) row.deleted = true;
    return row;
  }

  private name(user: string): string {
    const kept = this.names.get(user);
    if (kept !== undefined) return kept;
    if (this.names.size >= MOST_NAMES) this.names.clear();
    this.names.set(user, user);
    return user;
  }
}

/** A refused request as the features see it. */
export function refusal(error: Refused): Refusal {
  const seen: Refusal = { code: error.code, message: error.message };
  if (error.field !== undefined) seen.field = error.field;
  if (error.retryMs !== undefined) seen.retryMs = error.retryMs;
  return seen;
}
