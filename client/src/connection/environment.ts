/** What a connection needs of the world, as small interfaces of its own, so that tests give it theirs. */

/** A timer that has not fired. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fire` once, no earlier than in `ms` milliseconds. */
  after(ms: number, fire: () => void): Timer;
}

export interface SocketHandlers {
  opened(): void;
  /** A text frame; null stands for a frame that was not text. */
  received(text: string | null): void;
  closed(code: number, reason: string): void;
}

export interface Socket {
  send(text: string): void;
  /** Ends it; the handlers may still be called. */
  close(): void;
}

/** Begins to connect. May throw when the browser refuses the address. */
export type OpenSocket = (handlers: SocketHandlers) => Socket;

/** What may mean that a lost network is back, or that a kept connection is dead. */
export interface Wakes {
  /** What the browser believes of the network. Never certain. */
  online(): boolean;
  /** Calls `woke` when the network seems back or the page is looked at again, `slept` when the network seems gone. */
  listen(woke: () => void, slept: () => void): () => void;
}

export interface Environment {
  clock: Clock;
  open: OpenSocket;
  wakes: Wakes;
  /** A number from 0 up to but not including 1. */
  random: () => number;
}
