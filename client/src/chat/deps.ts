/** What the chat needs of the world, as interfaces of its own: `browser.ts` has a browser's, tests have theirs. */
import type { Environment } from "../connection/environment.ts";
import type { FillRandom } from "../protocol/nonce.ts";
import type { OutboxStore } from "./outbox/item.ts";

export interface ChatDeps {
  /** The clock, the network and the jitter. */
  connection: Environment;
  fillRandom: FillRandom;
  /** Runs `publish` once, soon: with the next frame where there is one. */
  schedule: (publish: () => void) => void;
  /** Kept for all tabs of this browser. */
  local: KeyValue;
  /** Kept for this tab over a reload; a duplicated tab starts with a copy. */
  session: KeyValue;
  outbox: OutboxStore;
  tabs: Tabs;
  page: Page;
  /** The JSON of `GET /messages`. Rejects when it cannot be had. */
  fetchLatest: () => Promise<unknown>;
}

/** A small store of texts. Every method may throw: storage can be refused or full. */
export interface KeyValue {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(): string[];
}

export interface Page {
  /** Somebody looks at this page: it is visible and has the focus. */
  attentive(): boolean;
  /** Calls `hide` when the page may be about to end. */
  onHide(hide: () => void): () => void;
}

/** What tabs of one user tell each other. */
export type TabMessage =
  | { type: "read"; sender: string; channel: string; seq: number }
  | { type: "muted"; sender: string; channel: string; muted: boolean };

/** The other tabs of this browser. */
export interface Tabs {
  /** Takes a session id for as long as this page lives; false when another tab has it. */
  claim(session: string): Promise<boolean>;
  /** Those of the sessions that no living tab has. */
  dead(sessions: readonly string[]): Promise<string[]>;
  post(message: TabMessage): void;
  listen(listener: (message: TabMessage) => void): () => void;
  /** Gives back what was claimed. */
  close(): void;
}
