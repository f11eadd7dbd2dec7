import { describe, expect, it } from "vitest";
import { fullJitter, LONGEST_WAIT, verdict } from "./closing.ts";

describe("verdict", () => {
  it.each([4000, 4001, 4099])("%d: reconnect now", (code) => {
    expect(verdict(code, "")).toEqual({ kind: "now" });
  });

  it.each([4100, 4101, 4199])("%d: reconnect when told", (code) => {
    expect(verdict(code, '{"code":"draining","retry_ms":1840}')).toEqual({ kind: "after", afterMs: 1840 });
  });

  it.each(["", "bye", "null", "[]", '{"retry_ms":"soon"}', '{"retry_ms":-1}'])("4100 with the reason %j names no time", (reason) => {
    expect(verdict(4100, reason)).toEqual({ kind: "after", afterMs: null });
  });

  it("does not let a server switch a client off by a long wait", () => {
    expect(verdict(4100, '{"retry_ms":1e12}')).toEqual({ kind: "after", afterMs: LONGEST_WAIT });
  });

  it.each([
    [4200, '{"code":"replaced"}', "replaced"],
    [4200, "", "replaced"],
    [4201, '{"code":"hello_required"}', "hello_required"],
    [4203, '{"code":"malformed"}', "malformed"],
    [4299, "", "refused"],
    [1002, "", "malformed"],
    [1007, "", "invalid_utf8"],
    [1009, "", "frame_too_large"],
  ])("%d %s: the end, with a sentence", (code, reason, name) => {
    const end = verdict(code, reason);
    expect(end).toMatchObject({ kind: "end", code: name });
    expect(end.kind === "end" && end.message).toMatch(/^[A-Z].*\.$/);
  });

  it.each([1000, 1001, 1005, 1006, 1011, 1012, 1013, 3000, 4300, 4999])("%d: reconnect with jitter", (code) => {
    expect(verdict(code, "")).toEqual({ kind: "jitter" });
  });
});

describe("fullJitter", () => {
  it("spreads over all of a range that doubles up to its cap", () => {
    const longest = (attempt: number) => fullJitter(attempt, () => 1);
    expect([0, 1, 2, 3, 4, 5, 6, 7, 1000].map(longest)).toEqual([500, 1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000]);
    expect(fullJitter(9, () => 0)).toBe(0);
    expect(fullJitter(2, () => 0.25)).toBe(500);
  });
});
