import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../connection/testing/fakeClock.ts";
import { MemoryValues } from "../testing/fakeBrowser.ts";
import { Kept } from "./kept.ts";
import { Profile } from "./profile.ts";

let values: MemoryValues;
let refusals: number;
let kept: Kept;
beforeEach(() => {
  values = new MemoryValues();
  refusals = 0;
  kept = new Kept(values, () => refusals++);
});

describe("what is kept", () => {
  it("is read again", () => {
    kept.write("a", { b: [1] });
    expect(new Kept(values, () => refusals++).read("a")).toEqual({ b: [1] });
    kept.remove("a");
    expect(kept.read("a")).toBeNull();
    expect(refusals).toBe(0);
  });

  it("is nothing when it cannot be read", () => {
    values.set("parley:a", "{");
    expect(kept.read("a")).toBeNull();
  });

  it("stays in memory when the browser refuses, until it does not", () => {
    values.refusing = true;
    kept.write("a", 1);
    expect(kept.read("a")).toBe(1);
    expect(refusals).toBe(1);
    kept.removeAll("a");
    expect(kept.read("a")).toBeNull();
    kept.write("b", 1);
    values.refusing = false;
    kept.write("b", 2);
    expect(new Kept(values, () => refusals++).read("b")).toBe(2);
  });

  it("leaves what belongs to others", () => {
    values.set("other", "1");
    kept.write("a:1", 1);
    kept.write("b:1", 1);
    kept.removeAll("a:");
    expect(values.keys().sort()).toEqual(["other", "parley:b:1"]);
  });
});

describe("a profile", () => {
  const profile = (sender: string) => new Profile(sender, kept, new FakeClock());

  it("does not undo what another tab of the user wrote", () => {
    const [first, second] = [profile("anna"), profile("anna")];
    first.joined("dev");
    second.joined("ops");
    first.setRead("dev", 3);
    second.setRead("ops", 4);
    first.setMuted("dev", true);
    expect(second.channels()).toEqual(["dev", "ops"]);
    expect([first.readSeq("ops"), second.readSeq("dev"), second.muted()]).toEqual([4, 3, ["dev"]]);
    second.left("dev");
    expect(first.channels()).toEqual(["ops"]);
  });

  it("is each user's own, and is forgotten whole", () => {
    profile("anna").setRead("general", 3);
    profile("anna2").setRead("general", 5);
    profile("anna").forget();
    expect(profile("anna").readSeq("general")).toBeNull();
    expect(profile("anna2").readSeq("general")).toBe(5);
  });

  it("does not believe what is not what it wrote", () => {
    values.set("parley:user:anna:channels", '{"a":1}');
    values.set("parley:user:anna:read", '{"general":"7","dev":-1,"ops":1.5}');
    values.set("parley:user:anna:open", "7");
    values.set("parley:user:anna:draft:general", "[]");
    const anna = profile("anna");
    expect([anna.channels(), anna.readSeq("general"), anna.readSeq("dev"), anna.readSeq("ops"), anna.open(), anna.draft("general")]).toEqual([[], null, null, null, null, ""]);
  });
});
