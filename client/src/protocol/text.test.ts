import { webcrypto } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageId, ownNonce, randomId } from "./nonce.ts";
import { countCharacters } from "./text.ts";

describe("countCharacters", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["é", 1],
    ["👍🏽", 2],
    ["\ud83d", 1],
    ["\udc4d\ud83d", 2],
  ])("%j has %d", (text, count) => {
    expect(countCharacters(text)).toBe(count);
  });

  it("counts as iterating does, lone surrogates included", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        const text = String.fromCharCode(...units);
        expect(countCharacters(text)).toBe(Array.from(text).length);
      }),
    );
  });
});

describe("ids", () => {
  it("are of the protocol's alphabet and length, and differ", () => {
    const fill = (bytes: Uint8Array<ArrayBuffer>) => void webcrypto.getRandomValues(bytes);
    const ids = Array.from({ length: 200 }, () => randomId(fill));
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("use every character of the alphabet", () => {
    let next = 0;
    const counting = (bytes: Uint8Array<ArrayBuffer>) => bytes.forEach((_, i) => (bytes[i] = next++));
    expect(new Set(randomId(counting, 64)).size).toBe(64);
  });

  it("tell one's own messages from others'", () => {
    expect(ownNonce("anna", messageId("anna", "n1"))).toBe("n1");
    expect(ownNonce("ann", messageId("anna", "n1"))).toBeNull();
  });
});
