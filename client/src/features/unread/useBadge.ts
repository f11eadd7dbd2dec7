import { useEffect } from "react";
import type { ChatState } from "../../chat/model";
import { useChatState } from "../bridge";
import { formatCount } from "../text/format";
import { t } from "../text/text";

/** Tells of unread messages where the tab is all one sees: in its title and its icon. */
export function useBadge(): void {
  const unread = useChatState(totalUnread);
  const channel = useChatState((state) => state.open);
  useEffect(() => {
    document.title =
      unread > 0 ? t("app.titleUnread", { count: unread, formatted: formatCount(unread), channel }) : t("app.title", { channel });
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    icon?.setAttribute("href", unread > 0 ? "/icon-unread.svg" : "/icon.svg");
    return () => {
      document.title = t("app.name");
      icon?.setAttribute("href", "/icon.svg");
    };
  }, [unread, channel]);
}

/** Unread messages over all channels that are not muted. */
export function totalUnread(state: ChatState): number {
  return Object.values(state.channels).reduce((sum, channel) => sum + (channel.muted ? 0 : channel.unread), 0);
}
