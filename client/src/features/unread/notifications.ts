/** The browser's notifications, for what is said where nobody is looking. */
import type { Chat, Row } from "../../chat/model";
import type { PreferencesStore } from "../preferences/preferences";
import { t } from "../text/text";

const longestBody = 200; // characters; systems cut anyway

/** Whether this browser can notify at all. */
export function canNotify(): boolean {
  return "Notification" in globalThis;
}

/** Notifies of arrivals until the returned function is called: not of muted channels, nor of the one that is being looked at. */
export function startNotifications(chat: Chat, preferences: PreferencesStore, open: (channel: string) => void): () => void {
  return chat.onArrival((row, channel) => {
    if (!preferences.getState().notify || !canNotify() || Notification.permission !== "granted") return;
    const state = chat.store.getState();
    if (state.channels[channel]?.muted) return;
    if (channel === state.open && document.visibilityState === "visible" && document.hasFocus()) return;
    notify(row, channel, open);
  });
}

function notify(row: Row, channel: string, open: (channel: string) => void): void {
  try {
    // One per channel: the newest takes the place of the one before.
    const note = new Notification(t("announce.notification", { user: row.user, channel }), { body: row.text.slice(0, longestBody), tag: `parley-${channel}`, icon: "/icon.svg" });
    note.onclick = () => {
      window.focus();
      open(channel);
      note.close();
    };
  } catch {
    // Some phones only allow this from a service worker. Unread counts still tell.
  }
}
