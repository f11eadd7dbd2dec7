import { useEffect } from "react";
import type { Chat } from "../../chat/model";
import { useChat } from "../bridge";
import { useUi, type Ui } from "../ui/ui";
import { withMod } from "./keys";
import { goTo } from "./navigation";

/** The keys that work everywhere, and typing that begins nowhere in particular: it goes to the composer. */
export function useShortcuts(focusComposer: () => void): void {
  const chat = useChat();
  const ui = useUi();
  useEffect(() => {
    const keydown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (ui.store.getState().dialog) return; // a dialog has its own keys
      if (shortcut(event, chat, ui)) event.preventDefault();
      else if (beginsText(event)) focusComposer();
    };
    window.addEventListener("keydown", keydown);
    return () => window.removeEventListener("keydown", keydown);
  }, [chat, ui, focusComposer]);
}

function shortcut(event: KeyboardEvent, chat: Chat, ui: Ui): boolean {
  const { key } = event;
  if (withMod(event) && key.toLowerCase() === "k") ui.show({ kind: "switcher" });
  else if ((event.ctrlKey || event.metaKey) && !event.altKey && key === "/") ui.show({ kind: "help" });
  else if (event.shiftKey && key === "Escape") chat.markAllRead();
  else if (event.altKey && !event.ctrlKey && !event.metaKey && (key === "ArrowUp" || key === "ArrowDown")) {
    step(chat, key === "ArrowUp" ? -1 : 1, event.shiftKey);
  } else return false;
  return true;
}

/** Opens the next channel in the sidebar's order, going round; with `unread`, the next one that has unread messages and is not muted. */
function step(chat: Chat, by: 1 | -1, unread: boolean): void {
  const { order, open, channels } = chat.store.getState();
  const from = order.indexOf(open);
  for (let i = 1; i < order.length; i++) {
    const name = order.at((from + by * i) % order.length);
    const channel = name === undefined ? undefined : channels[name];
    if (!channel || (unread && (channel.unread === 0 || channel.muted))) continue;
    goTo(channel.name);
    return;
  }
}

function beginsText(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return false;
  const target = event.target;
  return target instanceof Element && !target.closest("input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu]");
}
