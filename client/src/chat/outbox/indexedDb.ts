import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Item, OutboxStore } from "./item.ts";

interface Schema extends DBSchema {
  outbox: { key: string; value: Item; indexes: { tab: [sender: string, session: string] } };
}

const NAME = "parley";
const VERSION = 1;

/** The outbox in IndexedDB. `factory` is the browser's; what it refuses is told by every call. */
export class IndexedDbOutbox implements OutboxStore {
  private database: Promise<IDBPDatabase<Schema>> | null = null;

  async load(sender: string, session: string): Promise<Item[]> {
    const database = await this.open();
    return inOrder(await database.getAllFromIndex("outbox", "tab", [sender, session]));
  }

  async sessions(sender: string, session: string): Promise<string[]> {
    const database = await this.open();
    // An array sorts after every string, so the range ends after the last session of this sender.
    const range = IDBKeyRange.bound([sender], [sender, []]);
    const sessions = new Set<string>();
    let cursor = await database.transaction("outbox").store.index("tab").openKeyCursor(range, "nextunique");
    for (; cursor; cursor = await cursor.continue()) sessions.add(cursor.key[1]);
    sessions.delete(session);
    return [...sessions];
  }

  async put(item: Item): Promise<void> {
    const database = await this.open();
    await database.put("outbox", item);
  }

  async remove(nonces: readonly string[]): Promise<void> {
    const database = await this.open();
    const transaction = database.transaction("outbox", "readwrite");
    await Promise.all([...nonces.map((nonce) => transaction.store.delete(nonce)), transaction.done]);
  }

  async adopt(sender: string, from: readonly string[], to: string): Promise<Item[]> {
    const database = await this.open();
    const transaction = database.transaction("outbox", "readwrite");
    const taken: Item[] = [];
    for (const session of from) {
      for (const item of await transaction.store.index("tab").getAll([sender, session])) {
        taken.push({ ...item, session: to });
      }
    }
    await Promise.all([...taken.map((item) => transaction.store.put(item)), transaction.done]);
    return inOrder(taken);
  }

  async clear(sender: string, sessions: readonly string[]): Promise<void> {
    const database = await this.open();
    const transaction = database.transaction("outbox", "readwrite");
    for (const session of sessions) {
      const keys = await transaction.store.index("tab").getAllKeys([sender, session]);
      await Promise.all(keys.map((key) => transaction.store.delete(key)));
    }
    await transaction.done;
  }

  close(): void {
    // A database that never opened has nothing to close; why it did not was told to whoever asked.
    this.database?.then(
      (database) => database.close(),
      () => undefined,
    );
    this.database = null;
  }

  private open(): Promise<IDBPDatabase<Schema>> {
    const opening = (this.database ??= openDB<Schema>(NAME, VERSION, {
      upgrade: (database) => {
        database.createObjectStore("outbox", { keyPath: "nonce" }).createIndex("tab", ["sender", "session"]);
      },
      // A newer version of this page wants to change the database: let it, and open anew when needed.
      blocking: () => this.close(),
      terminated: () => (this.database = null),
    }));
    return opening.catch((error: unknown) => {
      // Storage that was refused may be granted later: try again at the next call.
      if (this.database === opening) this.database = null;
      throw error;
    });
  }
}

function inOrder(items: Item[]): Item[] {
  return items.sort((a, b) => a.order - b.order);
}
