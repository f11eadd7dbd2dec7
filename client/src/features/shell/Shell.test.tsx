import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { conversation } from "../testing/conversation";
import type { MemoryOptions } from "../testing/memoryChat";
import { renderPage } from "../testing/page";
import { Shell } from "./Shell";

const channels = { general: conversation(Date.now()), "on-call": [], releases: [], random: [] };

function open(options: MemoryOptions = {}) {
  return renderPage(<Shell />, { rows: channels, channels: { releases: { unread: 3 }, random: { unread: 9, muted: true } }, ...options });
}
const opened = () => screen.getByRole("heading", { level: 1 }).textContent;
/** jsdom tells of a new hash in a later task. */
const settled = () => act(() => new Promise((resolve) => setTimeout(resolve, 20)));
const key = async (init: KeyboardEventInit) => {
  fireEvent.keyDown(document.activeElement ?? document.body, { bubbles: true, ...init });
  await settled();
};

const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

beforeEach(() => history.replaceState(null, "", "/"));
afterEach(() => vi.useRealTimers());

test("lists channels with what is unread; muted ones count for nothing", () => {
  open();
  const links = within(screen.getByRole("navigation")).getAllByRole("link");
  expect(links.map((link) => link.textContent)).toEqual(["general", "on-call", "randommuted", "releases33 unread messages"]);
  expect(links[0]?.getAttribute("aria-current")).toBe("page");
  expect(document.title).toBe("(3) general - Parley");
});

test("has the landmarks, the log and a way past the sidebar", async () => {
  const { user } = open();
  for (const role of ["navigation", "main", "log"]) expect(screen.getAllByRole(role)).toHaveLength(1);
  screen.getByRole("button", { name: "Skip to the message box" }).focus();
  await user.keyboard("{Enter}");
  expect(document.activeElement).toBe(screen.getByRole("textbox"));
});

test("Alt+Down and Alt+Up go through the channels, with Shift through the unread ones", async () => {
  open();
  await key({ key: "ArrowDown", altKey: true });
  expect(opened()).toBe("on-call");
  await key({ key: "ArrowUp", altKey: true });
  await key({ key: "ArrowUp", altKey: true });
  expect(opened()).toBe("releases");
  await key({ key: "ArrowUp", altKey: true });
  expect(opened()).toBe("random");
  await key({ key: "ArrowDown", altKey: true, shiftKey: true });
  expect(opened()).toBe("releases");
});

test("Ctrl+K, Ctrl+/ and Shift+Escape", async () => {
  const { ui, chat } = open();
  await key({ key: "Escape", shiftKey: true });
  expect(chat.calls).toContain("markAllRead");
  await key({ key: "k", ctrlKey: true });
  expect(ui.store.getState().dialog).toEqual({ kind: "switcher" });
  act(() => ui.close());
  await key({ key: "/", metaKey: true });
  expect(ui.store.getState().dialog).toEqual({ kind: "help" });
});

test("typing anywhere goes to the composer", async () => {
  open();
  screen.getByRole("button", { name: "Create a channel" }).focus();
  await key({ key: "h" });
  expect(document.activeElement).toBe(screen.getByRole("textbox"));
});

test("following a link opens the channel, and Back comes back", async () => {
  const { user } = open();
  await user.click(within(screen.getByRole("navigation")).getByRole("link", { name: /on-call/u }));
  await settled();
  expect(opened()).toBe("on-call");
  expect(location.hash).toBe("#/on-call");
  history.back();
  await waitFor(() => expect(opened()).toBe("general"));
});

test("an address of a channel that was not joined joins it once there is a connection", async () => {
  history.replaceState(null, "", "/#/storage");
  const { chat } = open({ others: [{ name: "storage", topic: "" }], state: { link: { state: "connecting", since: 0, attempt: 1 } } });
  expect(chat.calls).toEqual([]);
  act(() => chat.set({ link: { state: "online" } }));
  await waitFor(() => expect(opened()).toBe("storage"));
});

test("leaving the open channel leads to general and its address", async () => {
  history.replaceState(null, "", "/#/releases");
  const { chat } = open();
  expect(opened()).toBe("releases");
  await act(() => chat.leave("releases"));
  expect(opened()).toBe("general");
  expect(location.hash).toBe("#/general");
});

test("says that the connection is missing only after two seconds, and counts down", () => {
  vi.useFakeTimers({ shouldAdvanceTime: false });
  const { chat } = open();
  act(() => chat.set({ link: { state: "waiting", since: Date.now(), retryAt: Date.now() + 6000, attempt: 1, offline: false } }));
  pass(1900);
  expect(screen.queryByText(/Connection lost/u)).toBeNull();
  pass(200);
  expect(screen.getByText("Connection lost. Trying again in 4s.")).toBeTruthy();
  pass(3000);
  expect(screen.getByText("Connection lost. Trying again in 1s.")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Try now" }));
  expect(chat.calls).toEqual(["retryNow"]);
  act(() => chat.set({ link: { state: "online" } }));
  pass(1);
  expect(screen.queryByText(/Connection lost/u)).toBeNull();
});

test("an ended session takes the composer's place: one sentence, one button", async () => {
  const { user, chat } = open({ state: { link: { state: "ended", code: "replaced", message: "Replaced." } } });
  expect(screen.queryByRole("textbox")).toBeNull();
  expect(screen.getByText("You are in the chat in another window.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Use it here" }));
  expect(chat.calls).toEqual(["enter mika"]);
  expect(screen.getByRole("textbox")).toBeTruthy();
});

test("says once that nothing is kept", async () => {
  const { user, chat } = open({ state: { storageFailed: true } });
  await user.click(screen.getByRole("button", { name: "Got it" }));
  act(() => chat.set({ storageFailed: true }));
  expect(screen.queryByText(/cannot keep/u)).toBeNull();
});

test("the sidebar's width is moved by keys and kept", () => {
  const { preferences } = open();
  const edge = screen.getByRole("separator", { name: "Width of the sidebar" });
  fireEvent.keyDown(edge, { key: "ArrowRight" });
  expect(preferences.getState().sidebar).toBe(284);
  fireEvent.keyDown(edge, { key: "Home" });
  expect(edge.getAttribute("aria-valuenow")).toBe("200");
});
