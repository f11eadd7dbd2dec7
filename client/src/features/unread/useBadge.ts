import { useEffect } from "react";
import type { ChatState } from "../../chat/model";
import { useChat, useChatState } from "../bridge";
import { formatCount } from "../text/format";
import { t } from "../text/text";

/**
 * Tells of unread messages where the tab is all one sees: in its title and its icon. It reads the chat when the page has been
 * rendered: by then the timeline has marked as read what somebody sees of it.
 */
export function useBadge(): void {
  const chat = useChat();
  const unread = useChatState(totalUnread);
  const channel = useChatState((state) => state.open);
  useEffect(() => {
    const state = chat.store.getState();
    badge(totalUnread(state), state.open);
  }, [chat, unread, channel]);
  useEffect(() => () => show(t("app.name"), "/icon.svg"), []);
}

function badge(unread: number, channel: string): void {
  if (unread > 0) show(t("app.titleUnread", { count: unread, formatted: formatCount(unread), channel }), "/icon-unread.svg");
  else show(t("app.title", { channel }), "/icon.svg");
}

/** Touches only what changes: browsers redraw a tab for the same title, too. */
function show(title: string, address: string): void {
  if (document.title !== title) document.title = title;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon?.getAttribute("href") !== address) icon?.setAttribute("href", address);
}

/** Unread messages over all channels that are not muted. */
export function totalUnread(state: ChatState): number {
  return Object.values(state.channels).reduce((sum, channel) => sum + (channel.muted ? 0 : channel.unread), 0);
}
