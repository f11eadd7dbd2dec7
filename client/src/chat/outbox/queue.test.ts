import { beforeEach, describe, expect, it } from "vitest";
import { MemoryOutbox } from "../testing/memoryOutbox.ts";
import type { Item } from "./item.ts";
import { Queue } from "./queue.ts";

const item = (nonce: string, order: number, rest: Partial<Item> = {}): Item => ({
  nonce,
  order,
  sender: "anna",
  session: "s1",
  kind: "send",
  channel: "general",
  message: `anna.${nonce}`,
  user: "anna",
  text: nonce,
  at: order,
  ...rest,
});

let kept: Map<string, Item>;
let queue: Queue;
let changed: string[];
const nonces = () => [...queue.of("general")].map((entry) => entry.item.nonce);

beforeEach(() => {
  kept = new Map();
  changed = [];
  queue = new Queue(new MemoryOutbox(kept), () => { throw new Error("storage refused"); }, (_, message) => changed.push(message));
});

describe("the queue", () => {
  it("keeps what is added and forgets what is removed", () => {
    queue.add(item("a", 1));
    queue.add(item("b", 2));
    queue.remove(queue.get("a")!);
    expect([...kept.keys()]).toEqual(["b"]);
    expect(changed).toEqual(["anna.a", "anna.b", "anna.a"]);
  });

  it("puts what it takes over in its place, and leaves what is under way alone", () => {
    queue.add(item("c", 3));
    queue.get("c")!.inFlight = true;
    queue.restore([item("a", 1), item("c", 3), item("d", 4)]);
    expect(nonces()).toEqual(["a", "c", "d"]);
    expect(queue.get("c")).toMatchObject({ inFlight: true, attempted: false });
    expect(queue.get("a")).toMatchObject({ inFlight: false, attempted: true }); // nobody knows
    expect(queue.nextOrder(2)).toBe(5);
  });

  it("has for every channel the first that did not fail", () => {
    queue.add(item("a", 1, { failure: { code: "x", message: "", retry: false } }));
    queue.add(item("b", 2));
    queue.add(item("c", 3));
    queue.add(item("d", 4, { channel: "dev" }));
    expect(queue.heads().map((entry) => entry.item.nonce)).toEqual(["b", "d"]);
  });

  it("replaces in place, under another nonce too", () => {
    for (const [i, nonce] of ["a", "b", "c"].entries()) queue.add(item(nonce, i));
    queue.replace(queue.get("b")!, item("x", 1), 50);
    expect(nonces()).toEqual(["a", "x", "c"]);
    expect([...kept.keys()].sort()).toEqual(["a", "c", "x"]);
    expect(queue.get("x")).toMatchObject({ attempted: false, since: 50 });
  });

  it("drops a failed message with its deletion", () => {
    queue.add(item("a", 1));
    queue.add(item("b", 2, { kind: "edit", message: "anna.a", text: "edited" }));
    queue.add(item("c", 3, { kind: "delete", message: "anna.a", text: "" }));
    queue.fail(queue.get("a")!, { code: "text_invalid", message: "", retry: false });
    expect(nonces()).toEqual([]);
    expect(kept.size).toBe(0);
  });

  it("is full at some point", () => {
    for (let i = 0; i < 999; i++) queue.add(item(`n${i}`, i));
    expect(queue.full).toBe(false);
    queue.add(item("last", 999));
    expect(queue.full).toBe(true);
  });
});
