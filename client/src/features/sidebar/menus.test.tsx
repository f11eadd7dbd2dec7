import { screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { renderPage } from "../testing/page";
import { ChannelItem } from "./ChannelItem";
import { OwnMenu } from "./OwnMenu";

const item = (name: string) => screen.findByRole(/^(Like|Light|Dark|Compact|Notif)/u.test(name) ? (/^(Compact|Notif)/u.test(name) ? "menuitemcheckbox" : "menuitemradio") : "menuitem", { name });

afterEach(() => vi.unstubAllGlobals());

test("the theme is chosen in one's own menu; the focus comes back to its button", async () => {
  const { user, preferences } = renderPage(<OwnMenu />);
  const button = screen.getByRole("button", { name: "You: mika Guest in this tab" });
  button.focus();
  await user.keyboard("{Enter}");
  await user.click(await item("Dark"));
  expect(preferences.getState().theme).toBe("dark");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(button));
});

test("turning notifications on is what asks the browser; a refusal is said", async () => {
  const requestPermission = vi.fn(() => Promise.resolve("denied"));
  vi.stubGlobal("Notification", { permission: "default", requestPermission });
  const { user, preferences, ui } = renderPage(<OwnMenu />);
  expect(requestPermission).not.toHaveBeenCalled();
  await user.click(screen.getByRole("button", { name: "You: mika Guest in this tab" }));
  await user.click(await item("Notifications"));
  expect(requestPermission).toHaveBeenCalledOnce();
  expect(preferences.getState().notify).toBe(false);
  expect(ui.store.getState().notice).toMatch(/blocked/u);
});

test("a channel is muted, marked as read and left from its menu; general cannot be left", async () => {
  const { user, chat, rerender } = renderPage(<ChannelItem name="releases" />, { rows: { general: [], releases: [] }, channels: { releases: { unread: 2, seq: 5, readSeq: 3 } } });
  const choose = async (name: string) => {
    await user.click(screen.getByRole("button", { name: "Options for #releases" }));
    await user.click(await item(name));
  };
  await choose("Mark as read");
  await choose("Mute");
  expect(chat.store.getState().channels.releases).toMatchObject({ unread: 0, readSeq: 5, muted: true });
  await choose("Leave channel");
  expect(chat.calls).toEqual(["leave releases"]);
  rerender(<></>);
  renderPage(<ChannelItem name="general" />);
  await user.click(screen.getByRole("button", { name: "Options for #general" }));
  await item("Mute");
  expect(screen.queryByRole("menuitem", { name: "Leave channel" })).toBeNull();
});
