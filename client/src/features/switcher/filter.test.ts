import { describe, expect, test } from "vitest";
import { asChannelName, filterChannels, type Candidate } from "./filter";

const channel = (name: string, part: Partial<Candidate> = {}): Candidate => ({ name, topic: "", joined: true, unread: 0, ...part });
const all = [
  channel("general", { topic: "Everything else" }),
  channel("web-client", { unread: 2 }),
  channel("releases"),
  channel("storage", { joined: false, topic: "Where releases are kept" }),
  channel("café", { joined: false }),
];
const names = (query: string) => filterChannels(all, query).map((each) => each.name);

describe("filterChannels", () => {
  test.each([
    ["", ["web-client", "general", "releases", "storage", "café"]],
    ["re", ["releases", "storage"]],
    ["general", ["general"]],
    ["#gen", ["general"]],
    ["client web", ["web-client"]],
    ["CAFE", ["café"]],
    ["kept where", ["storage"]],
    ["zzz", []],
  ])("%j", (query, want) => {
    expect(names(query)).toEqual(want);
  });

  test("2,000 channels take no time", () => {
    const many = Array.from({ length: 2000 }, (_, i) => channel(`team-${i}`, { topic: "What this team talks about" }));
    const began = performance.now();
    expect(filterChannels(many, "19").length).toBeGreaterThan(10);
    expect(performance.now() - began).toBeLessThan(100);
  });
});

test.each([
  ["Web Client", "web-client"],
  ["#on-call", "on-call"],
  ["a/b:c", "abc"],
  ["Ärger_2", "ärger_2"],
  ["!?", ""],
  ["x".repeat(60), "x".repeat(40)],
])("%j makes the channel name %j", (query, want) => {
  expect(asChannelName(query)).toBe(want);
});
