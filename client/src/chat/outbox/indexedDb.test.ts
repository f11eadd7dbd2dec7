import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it } from "vitest";
import { MemoryOutbox } from "../testing/memoryOutbox.ts";
import { IndexedDbOutbox } from "./indexedDb.ts";
import type { Item, OutboxStore } from "./item.ts";

const item = (nonce: string, order: number, sender = "anna", session = "s1"): Item => ({
  nonce,
  order,
  sender,
  session,
  kind: "send",
  channel: "general",
  message: `${sender}.${nonce}`,
  user: sender,
  text: nonce,
  at: order,
});

// The fake that other tests use has to behave as the real one does.
describe.each<[string, () => OutboxStore]>([
  ["IndexedDB", () => ((indexedDB = new IDBFactory()), new IndexedDbOutbox())],
  ["the fake", () => new MemoryOutbox(new Map())],
])("an outbox in %s", (_, make) => {
  let store: OutboxStore;
  const nonces = (items: Item[]) => items.map(({ nonce }) => nonce);

  beforeEach(async () => {
    store = make();
    await store.put(item("b", 2));
    await store.put(item("a", 1));
    await store.put(item("c", 3, "anna", "s2"));
    await store.put(item("d", 4, "bob", "s1"));
    await store.put(item("e", 5, "ann", "s3"));
  });

  it("gives a tab its own, in order", async () => {
    expect(await store.load("anna", "s1")).toEqual([item("a", 1), item("b", 2)]);
    expect(nonces(await store.load("bob", "s1"))).toEqual(["d"]);
    expect(await store.load("anna", "s9")).toEqual([]);
  });

  it("keeps the last of what is put under one nonce, and forgets what is removed", async () => {
    await store.put({ ...item("a", 1), text: "later" });
    await store.remove(["b", "unknown"]);
    expect(await store.load("anna", "s1")).toEqual([{ ...item("a", 1), text: "later" }]);
  });

  it("names the other sessions of a user", async () => {
    expect(await store.sessions("anna", "s1")).toEqual(["s2"]);
    expect((await store.sessions("anna", "s9")).sort()).toEqual(["s1", "s2"]);
    expect(await store.sessions("bob", "s1")).toEqual([]);
  });

  it("hands over to another tab once", async () => {
    const both = await Promise.all([store.adopt("anna", ["s1", "s2"], "s8"), store.adopt("anna", ["s1", "s2"], "s9")]);
    expect(both.map(nonces).sort()).toEqual([[], ["a", "b", "c"]]);
    expect(await store.load("anna", "s1")).toEqual([]);
    const adopted = [...(await store.load("anna", "s8")), ...(await store.load("anna", "s9"))];
    expect(nonces(adopted)).toEqual(["a", "b", "c"]);
    expect(nonces(await store.load("bob", "s1"))).toEqual(["d"]);
  });

  it("clears the sessions that are named", async () => {
    await store.clear("anna", ["s1", "s2"]);
    expect(await store.sessions("anna", "")).toEqual([]);
    expect(nonces(await store.load("bob", "s1"))).toEqual(["d"]);
  });
});

describe("IndexedDB", () => {
  it("is tried again after it was refused", async () => {
    const working = new IDBFactory();
    indexedDB = { open: () => { throw new DOMException("refused", "SecurityError"); } } as unknown as IDBFactory;
    const store = new IndexedDbOutbox();
    await expect(store.put(item("a", 1))).rejects.toThrow("refused");
    indexedDB = working;
    await store.put(item("a", 1));
    expect(await store.load("anna", "s1")).toHaveLength(1);
  });

  it("lets a newer version of the page change the database", async () => {
    indexedDB = new IDBFactory();
    const store = new IndexedDbOutbox();
    await store.put(item("a", 1));
    const upgraded = new Promise((resolve, reject) => {
      const request = indexedDB.open("parley", 99);
      request.onsuccess = resolve;
      request.onblocked = reject;
    });
    await upgraded;
    await expect(store.load("anna", "s1")).rejects.toThrow(); // an old page cannot read it, and says so
  });
});
