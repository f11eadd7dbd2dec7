import { useChannel, useChat } from "../bridge";
import { Bell, BellOff, CheckCheck, LogOut } from "../icons";
import type { Menu, MenuEntry } from "../menu/menu";
import { t } from "../text/text";
import { useUi } from "../ui/ui";

const general = "general"; // cannot be left

/** What can be done with a channel: mute it, mark it as read, leave it. */
export function useChannelMenu(name: string): Menu {
  const chat = useChat();
  const ui = useUi();
  const muted = useChannel(name, (channel) => channel.muted) ?? false;
  const unread = useChannel(name, (channel) => channel.unread) ?? 0;
  const topic = useChannel(name, (channel) => channel.topic) ?? "";

  const leave = async () => {
    const outcome = await chat.leave(name);
    if (!outcome.ok) ui.notify(outcome.error.message);
  };
  const markRead: MenuEntry = {
    id: "read",
    label: t("sidebar.markRead"),
    icon: CheckCheck,
    onAction: () => chat.markRead(name, chat.store.getState().channels[name]?.seq ?? 0),
  };
  const mute: MenuEntry = {
    id: "mute",
    label: t(muted ? "sidebar.unmute" : "sidebar.mute"),
    icon: muted ? Bell : BellOff,
    onAction: () => chat.setMuted(name, !muted),
  };
  const leaving: MenuEntry = { id: "leave", label: t("sidebar.leave"), icon: LogOut, onAction: () => void leave() };
  const entries = [...(unread > 0 ? [markRead] : []), mute, ...(name === general ? [] : [leaving])];
  return { label: t("sidebar.menu", { channel: name }), title: `#${name}`, detail: topic, sections: [{ id: "channel", entries }] };
}
