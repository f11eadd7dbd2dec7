import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Announcer } from "./announcer";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function start() {
  const said: string[] = [];
  return { said, announcer: new Announcer((sentence) => said.push(sentence)) };
}
const message = (user: string, text: string) => ({ user, text });

test("reads a message out", () => {
  const { said, announcer } = start();
  announcer.arrived(message("anna", "Good morning"), "general");
  vi.advanceTimersByTime(200);
  expect(said).toEqual(["anna: Good morning"]);
});

test("speaks at most once in three seconds, and sums up what is too much to read", () => {
  const { said, announcer } = start();
  announcer.arrived(message("anna", "one"), "general");
  vi.advanceTimersByTime(200);
  for (let i = 0; i < 1200; i++) announcer.arrived(message("jonas", `text ${i}`), "general");
  vi.advanceTimersByTime(2900);
  expect(said).toEqual(["anna: one"]);
  vi.advanceTimersByTime(200);
  expect(said).toEqual(["anna: one", "1,200 new messages in general"]);
});

test("reads two that came together", () => {
  const { said, announcer } = start();
  announcer.arrived(message("anna", "one"), "general");
  announcer.arrived(message("jonas", "two"), "general");
  vi.advanceTimersByTime(200);
  expect(said).toEqual(["anna: one jonas: two"]);
});

test("cuts long messages", () => {
  const { said, announcer } = start();
  announcer.arrived(message("anna", "x".repeat(4000)), "general");
  vi.advanceTimersByTime(200);
  expect(said[0]).toHaveLength("anna: ".length + 201);
});

test("forgets what waits when the channel is left", () => {
  const { said, announcer } = start();
  announcer.arrived(message("anna", "one"), "general");
  announcer.clear();
  vi.advanceTimersByTime(5000);
  expect(said).toEqual([]);
});
