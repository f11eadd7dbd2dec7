import { act, screen, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import Dialogs from "../dialogs/Dialogs";
import type { MemoryOptions } from "../testing/memoryChat";
import { renderPage } from "../testing/page";

beforeEach(() => {
  location.hash = "";
});

async function open(options: MemoryOptions = {}) {
  const page = renderPage(<Dialogs />, { rows: { general: [], releases: [] }, others: [{ name: "storage", topic: "Disks" }], ...options });
  await act(async () => {
    page.ui.show({ kind: "switcher" });
    await Promise.resolve();
  });
  const field = await screen.findByRole("combobox", { name: "Channel name" });
  const options_ = () => screen.queryAllByRole("option").map((option) => option.textContent);
  return { ...page, field, options: options_ };
}

test("lists joined channels and all others, and filters as one types", async () => {
  const { user, field, options } = await open();
  expect(document.activeElement).toBe(field);
  expect(options()).toEqual(["general", "releases", "storageDisksJoin"]);
  await user.type(field, "rel");
  expect(options()).toEqual(["releases", "Create #rel"]);
});

test("arrows choose, Enter goes there", async () => {
  const { user, field, ui } = await open();
  await user.keyboard("{ArrowDown}");
  const chosen = screen.getByRole("option", { selected: true });
  expect(chosen.textContent).toBe("releases");
  expect(field.getAttribute("aria-activedescendant")).toBe(chosen.id);
  await user.keyboard("{Enter}");
  expect(location.hash).toBe("#/releases");
  expect(ui.store.getState().dialog).toBeNull();
});

test("going to a channel that was not joined joins it", async () => {
  const { user, chat, field } = await open();
  await user.type(field, "sto{Enter}");
  expect(chat.calls).toEqual(["join storage"]);
  expect(location.hash).toBe("#/storage");
});

test("a refused join is said and leads nowhere", async () => {
  const { user, chat, ui, field } = await open();
  chat.refuse("join", "You are in 200 channels, which is the most.");
  await user.type(field, "sto{Enter}");
  expect(ui.store.getState().notice).toBe("You are in 200 channels, which is the most.");
  expect(location.hash).toBe("");
});

test("says when no channel matches, and creates one with a topic", async () => {
  const { user, chat, field, options } = await open();
  await user.type(field, "New Things");
  expect(options()).toEqual(["Create #new-things"]);
  expect(screen.getByRole("status").textContent).toBe("No channel matches “New Things”.");
  await user.keyboard("{Enter}");
  const form = await screen.findByRole("dialog", { name: "Create a channel" });
  expect(within(form).getByLabelText<HTMLInputElement>("Name").value).toBe("new-things");
  await user.type(within(form).getByLabelText("What it is about (optional)"), "All that is new{Enter}");
  expect(chat.calls).toEqual(["createChannel new-things All that is new"]);
  expect(location.hash).toBe("#/new-things");
});

test("a refused creation stands under the field", async () => {
  const { user, chat, ui } = await open();
  chat.refuse("createChannel", "There is a channel called general already.");
  act(() => ui.show({ kind: "create", name: "" }));
  await user.type(await screen.findByLabelText("Name"), "general{Enter}");
  expect((await screen.findByRole("alert")).textContent).toBe("There is a channel called general already.");
  expect(ui.store.getState().dialog).toEqual({ kind: "create", name: "" });
});

test("only what is in view of 2,000 channels is rendered", async () => {
  const others = Array.from({ length: 2000 }, (_, i) => ({ name: `team-${String(i).padStart(4, "0")}`, topic: "" }));
  const { options } = await open({ others });
  expect(await screen.findByText("2,002 channels")).toBeTruthy();
  expect(options().length).toBeGreaterThan(5);
  expect(options().length).toBeLessThan(40);
});

test("a list that cannot be had leaves the joined channels", async () => {
  const page = renderPage(<Dialogs />, { rows: { general: [] } });
  page.chat.refuse("listChannels", "No.");
  act(() => page.ui.show({ kind: "switcher" }));
  expect(await screen.findByText("The other channels could not be listed.")).toBeTruthy();
  expect(screen.getAllByRole("option")).toHaveLength(1);
});
