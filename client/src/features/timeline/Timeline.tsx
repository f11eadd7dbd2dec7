import { useCallback, useEffect, useImperativeHandle, useRef, type Ref } from "react";
import { useChannel, useChat } from "../bridge";
import { raisesKeyboard } from "../shell/useMedia";
import { t } from "../text/text";
import { useUi, useUiState } from "../ui/ui";
import { DayGroup, daysOf } from "./DayGroup";
import { Beginning, LoadFailed, Skeleton, useRetryLoad } from "./Edges";
import { JumpToLatest } from "./JumpToLatest";
import { useAttention } from "./useAttention";
import { useRowKeys } from "./useRowKeys";
import { useSelectionCopy } from "./useSelectionCopy";
import { useToday } from "./useToday";
import { useViewport } from "./useViewport";
import type { View } from "./viewport";

export interface TimelineHandle {
  /** Goes to the newest message and stays there, as after sending. */
  toLatest(): void;
  /** Shows a row if it is loaded. */
  reveal(id: string): void;
}

export interface TimelineProps {
  channel: string;
  /** Puts the focus where one writes. */
  onLeave: () => void;
  ref?: Ref<TimelineHandle>;
}

/** A channel's messages. Must be keyed by channel. */
export function Timeline({ channel, onLeave, ref }: TimelineProps) {
  const chat = useChat();
  const ui = useUi();
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const after = useRef<HTMLDivElement>(null);
  const { viewport, view } = useViewport(channel, { scroller, before, list, after });
  const hold = useCallback((id: string) => ui.show({ kind: "sheet", channel, id }), [ui, channel]);
  const { hovered, focused } = useAttention(scroller, hold);
  useSelectionCopy(scroller, viewport);
  useKeepFocus(scroller, view);
  const now = useToday();
  const editing = useUiState((state) => (state.editing?.channel === channel ? state.editing.id : null));
  const unread = useChannel(channel, (each) => each.unread) ?? 0;
  const live = useChannel(channel, (each) => each.timeline.live) ?? true;

  const toLatest = useCallback(() => {
    if (!chat.store.getState().channels[channel]?.timeline.live) chat.jumpToLatest(channel);
    viewport.toBottom();
  }, [chat, channel, viewport]);
  /** The button goes away with the focus in it; a keyboard must not come up over the messages that were asked for. */
  const jump = () => {
    toLatest();
    if (raisesKeyboard()) scroller.current?.focus({ preventScroll: true });
    else onLeave();
  };
  const current = useRowKeys(scroller, viewport, toLatest, onLeave);
  useImperativeHandle(ref, () => ({ toLatest, reveal: (id) => void viewport.reveal(id) }), [toLatest, viewport]);

  return (
    <div className="timeline">
      <div ref={scroller} className="log" role="log" aria-live="off" aria-label={t("timeline.label", { channel })} tabIndex={-1}>
        <div className="log__edge">
          <Top channel={channel} empty={view.rows.length === 0} />
        </div>
        <div ref={before} />
        <div ref={list}>
          {daysOf(view).map(({ key, start, end }) => (
            <DayGroup
              key={key}
              {...{ view, start, end, channel, now, editing }}
              active={focused ?? hovered}
              tabStop={tabStopOf(view, current)}
            />
          ))}
        </div>
        <div ref={after} />
        <div className="log__edge">
          <Bottom channel={channel} />
        </div>
      </div>
      {view.rows.length > 0 && (!view.follow || !live) && <JumpToLatest unread={unread} onJump={jump} />}
    </div>
  );
}

/** Before the first message: the beginning of the channel, or what becomes of the older ones. */
function Top({ channel, empty }: { channel: string; empty: boolean }) {
  const topic = useChannel(channel, (each) => each.topic) ?? "";
  const load = useChannel(channel, (each) => each.timeline.load);
  const older = useChannel(channel, (each) => each.timeline.older) ?? false;
  const live = useChannel(channel, (each) => each.timeline.live) ?? true;
  const retry = useRetryLoad(channel);
  if (empty && load === "failed") return <LoadFailed more={false} retry={() => retry("first")} />;
  if (empty && (load === "first" || older || load === undefined)) return <Skeleton groups={8} />;
  // Without knowing which way failed: newer ones only fail when there are some.
  if (load === "failed" && older && live) return <LoadFailed more retry={() => retry("older")} />;
  if (older) return <Skeleton />;
  return <Beginning channel={channel} topic={topic} empty={empty} />;
}

/** After the last message: nothing, or what becomes of the newer ones that are not loaded. */
function Bottom({ channel }: { channel: string }) {
  const load = useChannel(channel, (each) => each.timeline.load);
  const live = useChannel(channel, (each) => each.timeline.live) ?? true;
  const retry = useRetryLoad(channel);
  if (live) return null;
  return load === "failed" ? <LoadFailed more retry={() => retry("newer")} /> : <Skeleton />;
}

/** The row in the Tab order: the last one that had the focus while it is rendered, otherwise the newest rendered one. */
function tabStopOf(view: View, current: string | null): string | null {
  for (let i = view.start; i < view.end; i++) if (view.rows[i]?.id === current) return current;
  return view.rows[view.end - 1]?.id ?? null;
}

/** When the row with the focus leaves the rendered window, the log itself takes the focus: the keys go on working from there. */
function useKeepFocus(scroller: React.RefObject<HTMLElement | null>, view: View): void {
  const had = useRef(false);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const into = () => {
      had.current = true;
    };
    const out = (event: FocusEvent) => {
      // A removed element loses the focus to nothing, a left one to something.
      if (event.relatedTarget) had.current = false;
    };
    element.addEventListener("focusin", into);
    element.addEventListener("focusout", out);
    return () => {
      element.removeEventListener("focusin", into);
      element.removeEventListener("focusout", out);
    };
  }, [scroller]);
  useEffect(() => {
    if (had.current && document.activeElement === document.body) scroller.current?.focus({ preventScroll: true });
  }, [scroller, view]);
}
