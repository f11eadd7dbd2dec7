import { act, render, screen } from "@testing-library/react";
import axe from "axe-core";
import { beforeEach, expect, test } from "vitest";
import { createPreferences } from "../features/preferences/preferences";
import { conversation, longConversation, torture } from "../features/testing/conversation";
import { createMemoryChat, type MemoryOptions } from "../features/testing/memoryChat";
import { renderPage } from "../features/testing/page";
import { createUi, type Dialog } from "../features/ui/ui";
import { App } from "./App";

beforeEach(() => history.replaceState(null, "", "/"));

function open(options: MemoryOptions = {}) {
  renderPage(null).unmount(); // fills in what jsdom lacks
  const chat = createMemoryChat(options);
  const ui = createUi();
  const preferences = createPreferences(null);
  render(<App chat={chat} ui={ui} preferences={preferences} />);
  return { chat, ui, preferences };
}

/** What axe finds, but for what jsdom cannot know (colours and sizes: tokens.test.ts and the browser suite). */
async function violations(): Promise<string[]> {
  const result = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
}

test("asks a newcomer for a name, then shows the chat, and asks again after leaving", async () => {
  const { chat } = open({ user: null });
  expect(screen.getByRole("textbox", { name: "Your name" })).toBeTruthy();
  await act(() => chat.enter("mika"));
  expect(screen.getByRole("log")).toBeTruthy();
  await act(() => chat.leaveChat());
  expect(screen.getByRole("textbox", { name: "Your name" })).toBeTruthy();
});

test("a tab that was in the chat goes on without asking", async () => {
  const { chat } = open({ user: null, kept: { user: "mika", here: true } });
  expect(chat.calls).toEqual(["enter mika"]);
  expect(screen.queryByRole("textbox", { name: "Your name" })).toBeNull();
  expect(await screen.findByRole("log")).toBeTruthy();
});

test("the chosen theme and density are on the root", () => {
  const { preferences } = open();
  const settings = () => [...document.documentElement.attributes].filter(({ name }) => name.startsWith("data-")).map(({ name, value }) => `${name}=${value}`).sort();
  act(() => preferences.setState({ theme: "dark", compact: true }));
  expect(settings()).toEqual(["data-density=compact", "data-theme=dark"]);
  act(() => preferences.setState({ theme: "system", compact: false }));
  expect(settings()).toEqual([]);
});

test("axe finds nothing in the entry", async () => {
  open({ user: null, latest: longConversation(10, Date.now()) });
  await screen.findAllByText(/\(10\)/u);
  expect(await violations()).toEqual([]);
});

test.each([
  ["a conversation", { rows: { general: conversation(Date.now()), releases: [] }, channels: { releases: { unread: 2 } } }],
  ["everything one can write", { rows: { general: torture(Date.now()) } }],
  ["an empty channel", {}],
  ["an ended session", { state: { link: { state: "ended", code: "replaced", message: "Replaced." } as const } }],
])("axe finds nothing in %s", async (_, options) => {
  open(options);
  expect(await violations()).toEqual([]);
});

test.each<Dialog>([{ kind: "switcher" }, { kind: "create", name: "" }, { kind: "help" }, { kind: "leaveChat" }])("axe finds nothing in $kind", async (dialog) => {
  const { ui } = open({ rows: { general: conversation(Date.now()) } });
  act(() => ui.show(dialog));
  await screen.findByRole(dialog.kind === "leaveChat" ? "alertdialog" : "dialog");
  expect(await violations()).toEqual([]);
});

test("axe finds nothing in one's own menu", async () => {
  open();
  act(() => screen.getByRole("button", { name: /^You: mika/u }).click());
  await screen.findByRole("menu");
  expect(await violations()).toEqual([]);
});
