import type { Item, OutboxStore } from "../outbox/item.ts";

/** An outbox that outlives the tabs that use it, and can be made to refuse. */
export class MemoryOutbox implements OutboxStore {
  constructor(
    private readonly items: Map<string, Item>,
    private readonly refusing: () => boolean = () => false,
  ) {}

  load(sender: string, session: string): Promise<Item[]> {
    return this.answer(() => this.of(sender).filter((item) => item.session === session));
  }

  sessions(sender: string, session: string): Promise<string[]> {
    return this.answer(() => [...new Set(this.of(sender).map((item) => item.session))].filter((other) => other !== session));
  }

  put(item: Item): Promise<void> {
    return this.answer(() => void this.items.set(item.nonce, structuredClone(item)));
  }

  remove(nonces: readonly string[]): Promise<void> {
    return this.answer(() => nonces.forEach((nonce) => this.items.delete(nonce)));
  }

  adopt(sender: string, from: readonly string[], to: string): Promise<Item[]> {
    return this.answer(() => {
      const taken = this.of(sender).filter((item) => from.includes(item.session));
      for (const item of taken) item.session = to;
      return structuredClone(taken);
    });
  }

  clear(sender: string, sessions: readonly string[]): Promise<void> {
    return this.answer(() => {
      for (const item of this.of(sender)) if (sessions.includes(item.session)) this.items.delete(item.nonce);
    });
  }

  close(): void {
    // The items stay for the next tab.
  }

  private of(sender: string): Item[] {
    return [...this.items.values()].filter((item) => item.sender === sender).sort((a, b) => a.order - b.order);
  }

  private answer<T>(act: () => T): Promise<T> {
    return this.refusing() ? Promise.reject(new Error("refused")) : Promise.resolve(act());
  }
}
