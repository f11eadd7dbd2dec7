import { lazy, Suspense, useCallback, useEffect, useRef } from "react";
import { LiveRegion } from "../announce/LiveRegion";
import { useChat, useChatState } from "../bridge";
import { Composer } from "../composer/Composer";
import type { FieldHandle } from "../composer/MessageField";
import { ConnectionLine } from "../connection/ConnectionLine";
import { Ended } from "../connection/Ended";
import { StorageLine } from "../connection/StorageLine";
import { usePreferencesStore } from "../preferences/preferences";
import { Sidebar } from "../sidebar/Sidebar";
import { t } from "../text/text";
import { Timeline, type TimelineHandle } from "../timeline/Timeline";
import { useUi, useUiState, type Dialog } from "../ui/ui";
import { startNotifications } from "../unread/notifications";
import { useBadge } from "../unread/useBadge";
import { Header } from "./Header";
import { goTo, startNavigation } from "./navigation";
import { raisesKeyboard } from "./useMedia";
import { useShortcuts } from "./useShortcuts";

const loadDialogs = () => import("../dialogs/Dialogs");
const Dialogs = lazy(loadDialogs);

/** The chat once one has entered: sidebar, channel, and what lies over them. */
export function Shell() {
  const channel = useChatState((state) => state.open);
  const link = useChatState((state) => state.link);
  const pane = useUiState((state) => state.pane);
  const dialog = useUiState((state) => state.dialog);
  const timeline = useRef<TimelineHandle>(null);
  const composer = useRef<FieldHandle>(null);
  const write = useCallback(() => composer.current?.focus(), []);
  const toLatest = useCallback(() => timeline.current?.toLatest(), []);
  const reveal = useCallback((id: string) => timeline.current?.reveal(id), []);
  useBadge();
  useShortcuts(write);
  useWhileOpen();
  useFocusOnOpen(channel, pane === "channel", write);
  useFocusAfterDialog(dialog, write);
  return (
    <div className="shell" data-pane={pane}>
      <button type="button" className="skip" onClick={write}>
        {t("app.skip")}
      </button>
      <Sidebar />
      <main className="main">
        <Header channel={channel} />
        <div className="lines">
          <ConnectionLine />
          <StorageLine />
        </div>
        <Timeline key={channel} ref={timeline} channel={channel} onLeave={write} />
        {link.state === "ended" ? <Ended link={link} /> : <Composer ref={composer} channel={channel} onSend={toLatest} onEdit={reveal} />}
      </main>
      <LiveRegion />
      {dialog !== null && (
        <Suspense>
          <Dialogs />
        </Suspense>
      )}
    </div>
  );
}

/** What runs beside the page: the address, notifications, and fetching what will be needed once there is time. */
function useWhileOpen(): void {
  const chat = useChat();
  const ui = useUi();
  const preferences = usePreferencesStore();
  useEffect(() => startNavigation(chat, ui), [chat, ui]);
  useEffect(() => startNotifications(chat, preferences, goTo), [chat, preferences]);
  useEffect(() => {
    const timer = setTimeout(() => void Promise.all([loadDialogs(), import("../menu/MenuPopover")]).catch(() => undefined), 2000);
    return () => clearTimeout(timer);
  }, []);
}

/** Opening a channel puts the focus where one writes, unless that would raise a keyboard over the messages. */
function useFocusOnOpen(channel: string, shown: boolean, write: () => void): void {
  useEffect(() => {
    if (shown && !raisesKeyboard()) write();
  }, [channel, shown, write]);
}

/**
 * A dialog gives the focus back to what had it. When that is gone, as the floating actions are by then, the message that the
 * dialog was about takes it, or the composer.
 */
function useFocusAfterDialog(dialog: Dialog | null, write: () => void): void {
  const last = useRef<Dialog | null>(null);
  useEffect(() => {
    const closed = last.current;
    last.current = dialog;
    if (dialog || !closed) return;
    const timer = setTimeout(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      const row = "id" in closed ? document.querySelector<HTMLElement>(`[data-id="${CSS.escape(closed.id)}"] .row`) : null;
      if (row) row.focus({ preventScroll: true });
      else if (!raisesKeyboard()) write();
    }, 60); // after the dialog's own attempt, which waits for a frame
    return () => clearTimeout(timer);
  }, [dialog, write]);
}
