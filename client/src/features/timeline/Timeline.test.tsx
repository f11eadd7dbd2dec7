import { act, fireEvent, screen, within } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, expect, test, vi } from "vitest";
import type { Row } from "../../chat/model";
import { makeRow, type MemoryOptions } from "../testing/memoryChat";
import { renderPage } from "../testing/page";
import { Timeline, type TimelineHandle } from "./Timeline";

const noon = new Date(2026, 10, 24, 12).getTime();
const minute = 60_000;
let seq = 0;
const say = (user: string, at: number, text: string, more: Partial<Row> = {}) =>
  makeRow({ user, at, text, seq: ++seq, mine: user === "mika", ...more });

function open(rows: Row[], options: MemoryOptions = {}) {
  const onLeave = vi.fn();
  const ref = createRef<TimelineHandle>();
  const page = renderPage(<Timeline ref={ref} channel="general" onLeave={onLeave} />, { rows: { general: rows }, ...options });
  const log = screen.getByRole("log");
  return { ...page, log, ref, onLeave, articles: () => within(log).queryAllByRole("article") };
}
/** jsdom knows no :focus-visible by keyboard unless a key was pressed; focusing by script counts as one. */
const focus = (element: HTMLElement) => act(() => element.focus());

const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

afterEach(() => vi.useRealTimers());

test("shows picture and name once for messages of one author within five minutes", () => {
  const { articles } = open([
    say("anna", noon, "one"),
    say("anna", noon + minute, "two"),
    say("jonas", noon + 2 * minute, "three"),
    say("anna", noon + 3 * minute, "four"),
    say("anna", noon + 9 * minute, "five"),
  ]);
  const names = articles().map((article) => article.querySelector(".row__name")?.textContent ?? "");
  expect(names).toEqual(["anna", "", "jonas", "anna", "anna"]);
  expect(articles().map((article) => article.querySelectorAll(".avatar").length)).toEqual([1, 0, 1, 1, 1]);
});

test("every message has its author and time in its name, grouped or not", () => {
  const { articles } = open([say("anna", noon, "one"), say("anna", noon + minute, "two")]);
  const nameOf = (article: HTMLElement) =>
    (article.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent).join(" ");
  expect(articles().map(nameOf)).toEqual([expect.stringMatching(/^anna .*12.* one$/u), expect.stringMatching(/^anna, .*12.* two$/u)]);
});

test("puts days under their label and the New divider above the first new message", () => {
  const { log } = open([say("anna", noon - 86_400_000, "yesterday"), say("anna", noon, "read", { seq: 50 }), say("jonas", noon + minute, "unread", { seq: 51 })], {
    channels: { general: { divider: 50 } },
  });
  expect(within(log).getAllByRole("heading", { level: 2 })).toHaveLength(2);
  const divider = within(log).getByText("New");
  expect(divider.closest("[data-id]")?.textContent).toContain("unread");
});

test("is a silent log: what arrives is announced elsewhere", () => {
  const { log } = open([say("anna", noon, "one")]);
  expect(log.getAttribute("aria-live")).toBe("off");
  expect(log.getAttribute("aria-label")).toBe("Messages in #general");
});

test("says Sending only after 300 ms, and waiting while there is no connection", () => {
  vi.useFakeTimers();
  const row = say("mika", Date.now(), "on its way", { seq: 0, change: "send", sending: { state: "waiting", since: Date.now() } });
  const { chat } = open([row]);
  pass(290);
  expect(screen.queryByText("Sending")).toBeNull();
  pass(20);
  expect(screen.getByText("Sending")).toBeTruthy();
  act(() => chat.set({ link: { state: "waiting", since: 0, retryAt: 0, attempt: 1, offline: true } }));
  expect(screen.getByText("Waits for the connection")).toBeTruthy();
});

test("a failed message says why and offers what helps", async () => {
  const sending = { state: "failed", code: "too_fast", message: "Too many messages at once.", retry: true } as const;
  const row = say("mika", noon, "again", { seq: 0, change: "send", sending });
  const { user, chat, ui } = open([row]);
  expect(screen.getByText("Too many messages at once.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Retry" }));
  await user.click(screen.getByRole("button", { name: "Edit" }));
  expect(ui.store.getState().editing).toEqual({ channel: "general", id: row.id, text: "again", resend: true });
  await user.click(screen.getByRole("button", { name: "Delete" }));
  expect(chat.calls).toEqual([`retry general ${row.id}`, `discard general ${row.id}`]);
});

test("a failed edit can be discarded, and retried only where that may help", () => {
  open([say("mika", noon, "text", { change: "edit", sending: { state: "failed", code: "forbidden", message: "No.", retry: false } })]);
  expect(screen.getByText("The change was not saved: No.")).toBeTruthy();
  expect(screen.getAllByRole("button").map((button) => button.textContent)).toEqual(["Copy text", "Discard"]);
});

test("a deleted message keeps its place and has no actions", async () => {
  const { user, articles } = open([say("anna", noon, "one"), say("anna", noon + 1, "", { deleted: true }), say("anna", noon + 2, "three")]);
  expect(articles()[1]?.textContent).toContain("Message deleted");
  await user.hover(articles()[1]!);
  expect(screen.queryByRole("toolbar")).toBeNull();
});

test("pointing at a message shows its actions: more of them on one's own", async () => {
  const { user, articles } = open([say("anna", noon, "theirs"), say("mika", noon + 1, "own")]);
  const labels = () => screen.getAllByRole("button").map((button) => button.getAttribute("aria-label"));
  await user.hover(articles()[0]!);
  expect(labels()).toEqual(["Copy text"]);
  await user.hover(articles()[1]!);
  expect(labels()).toEqual(["Edit", "Copy text", "Delete"]);
});

test("deleting asks first", async () => {
  const row = say("mika", noon, "own");
  const { user, ui, chat, articles } = open([row]);
  await user.hover(articles()[0]!);
  await user.click(screen.getByRole("button", { name: "Delete" }));
  expect(chat.calls).toEqual([]);
  expect(ui.store.getState().dialog).toEqual({ kind: "delete", channel: "general", id: row.id });
});

test("a long press on touch opens the sheet; a scroll or a tap does not", () => {
  vi.useFakeTimers();
  const row = say("anna", noon, "one");
  const { ui, articles } = open([row]);
  const press = (type: string, init = {}) => fireEvent(articles()[0]!, Object.assign(new MouseEvent(type, { bubbles: true, clientX: 50, clientY: 50, ...init }), { pointerType: "touch" }));
  press("pointerdown");
  pass(300);
  press("pointerup");
  pass(1000);
  press("pointerdown");
  press("pointermove", { clientY: 80 });
  pass(1000);
  expect(ui.store.getState().dialog).toBeNull();
  press("pointerdown");
  pass(500);
  expect(ui.store.getState().dialog).toEqual({ kind: "sheet", channel: "general", id: row.id });
});

test("arrows, Home and End move over the messages; one of them is in the Tab order", async () => {
  const { user, articles } = open([say("anna", noon, "one"), say("mika", noon + 1, "two"), say("anna", noon + 2, "three")]);
  const stops = () => articles().map((article) => article.tabIndex);
  expect(stops()).toEqual([-1, -1, 0]);
  focus(articles()[2]!);
  await user.keyboard("{ArrowUp}");
  expect(document.activeElement).toBe(articles()[1]);
  expect(stops()).toEqual([-1, 0, -1]);
  await user.keyboard("{Home}");
  expect(document.activeElement).toBe(articles()[0]);
  await user.keyboard("{ArrowUp}");
  expect(document.activeElement).toBe(articles()[0]);
  await user.keyboard("{End}");
  expect(document.activeElement).toBe(articles()[2]);
});

test("Enter goes into the actions, arrows along them, Escape back and then to the composer", async () => {
  const { user, articles, onLeave } = open([say("mika", noon, "own")]);
  focus(articles()[0]!);
  await user.keyboard("{Enter}");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Edit");
  await user.keyboard("{ArrowRight}{ArrowRight}");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Delete");
  await user.keyboard("{ArrowRight}");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Edit");
  await user.keyboard("{Escape}");
  expect(document.activeElement).toBe(articles()[0]);
  await user.keyboard("{Escape}");
  expect(onLeave).toHaveBeenCalledOnce();
});

test("a selection over messages is copied as name, time and text", () => {
  const { log, articles } = open([say("anna", noon, "**one**"), say("mika", noon + minute, "", { deleted: true }), say("jonas", noon + 2 * minute, "three")]);
  const copy = () => {
    const data = new Map<string, string>();
    const event = Object.assign(new Event("copy", { bubbles: true, cancelable: true }), { clipboardData: { setData: (type: string, text: string) => data.set(type, text) } });
    fireEvent(log, event);
    return data.get("text/plain");
  };
  const textOf = (i: number) => articles()[i]!.querySelector(".text")!;
  document.getSelection()!.setBaseAndExtent(textOf(2), 1, textOf(0), 0);
  const lines = copy()?.split("\n") ?? [];
  expect(lines.map((line) => line.split(", ")[0])).toEqual(["anna", "mika", "jonas"]);
  expect(lines.map((line) => line.split(": ").at(-1))).toEqual(["**one**", "Message deleted", "three"]);
  document.getSelection()!.setBaseAndExtent(textOf(0), 0, textOf(0), 1);
  expect(copy()).toBeUndefined();
});

test("an empty channel invites the first message", () => {
  open([]);
  expect(screen.getByText("Nothing has been said in #general yet")).toBeTruthy();
});

test("what failed to load is asked for again in its place", async () => {
  const { user, chat } = open([]);
  act(() => chat.setTimeline("general", { load: "failed" }));
  await user.click(screen.getByRole("button", { name: "Retry" }));
  expect(chat.calls).toEqual(["jumpToLatest general"]);
});

test("jumping to the latest loads it when it is not there", async () => {
  const { user, chat } = open([say("anna", noon, "one")]);
  act(() => chat.setTimeline("general", { live: false }));
  await user.click(screen.getByRole("button", { name: "Jump to latest" }));
  expect(chat.calls).toContain("jumpToLatest general");
});

test("of a long channel only the last messages are rendered", () => {
  const { articles } = open(Array.from({ length: 3000 }, (_, i) => say("anna", noon + i, `message ${i}`)), { page: 3000 });
  expect(articles().length).toBeLessThan(120);
  expect(articles().at(-1)?.textContent).toContain("message 2999");
});

test("a row that did not change is not rendered again when another one does", () => {
  const rows = [say("anna", noon, "one"), say("anna", noon + 1, "two")];
  const { chat, articles } = open(rows);
  const first = articles()[0]!.querySelector(".text p")!.firstChild;
  act(() => chat.edit("general", rows[1]!.id, "changed"));
  expect(articles()[1]?.textContent).toContain("changed");
  expect(articles()[0]!.querySelector(".text p")!.firstChild).toBe(first);
});
