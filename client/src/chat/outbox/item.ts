/** One change of one's own that the log does not have yet, as far as this browser knows. */
export interface Item {
  /** Makes a retry the same change, and is the key under which it is kept. */
  nonce: string;
  /** Whose it is, and which tab brings it to the server. */
  sender: string;
  session: string;
  /** Places of one tab rise; every channel's changes are sent in this order. */
  order: number;
  kind: "send" | "edit" | "delete";
  channel: string;
  /** The id of the message that is sent, edited or deleted. */
  message: string;
  /** The sender's name as written, for the row. */
  user: string;
  text: string;
  /** When it was asked for, in milliseconds since 1970. */
  at: number;
  /** Refused for good, or until a person tries again. */
  failure?: Failure;
}

export interface Failure {
  code: string;
  message: string;
  /** Trying again may help. */
  retry: boolean;
}

/** Keeps items over a reload and the death of a tab. Rejects when the browser refuses. */
export interface OutboxStore {
  /** The items of one tab, in order. */
  load(sender: string, session: string): Promise<Item[]>;
  /** The sessions, other than `session`, that have items of this sender. */
  sessions(sender: string, session: string): Promise<string[]>;
  put(item: Item): Promise<void>;
  remove(nonces: readonly string[]): Promise<void>;
  /** Makes the items of `from` those of `to`, all or none, and returns them in order. What another tab took first is not among them. */
  adopt(sender: string, from: readonly string[], to: string): Promise<Item[]>;
  /** Forgets the items of these sessions. */
  clear(sender: string, sessions: readonly string[]): Promise<void>;
  close(): void;
}
