import { useEffect, useLayoutEffect, useState, useSyncExternalStore, type RefObject } from "react";
import type { Chat, ChatState } from "../../chat/model";
import { useChat } from "../bridge";
import { createSurface } from "./surface";
import { estimator, readMetrics, usualMetrics } from "./estimate";
import { Viewport, type Source, type View } from "./viewport";

export interface TimelineParts {
  scroller: RefObject<HTMLDivElement | null>;
  before: RefObject<HTMLDivElement | null>;
  list: RefObject<HTMLDivElement | null>;
  after: RefObject<HTMLDivElement | null>;
}

const ahead = 1500; // pixels left to scroll when the next page is asked for

/** Ties a channel's Viewport to the store and to the page. The component must be keyed by channel. */
export function useViewport(channel: string, parts: TimelineParts): { viewport: Viewport; view: View } {
  const chat = useChat();
  const [viewport] = useState(() => {
    const made = new Viewport(estimator(usualMetrics));
    feed(made, chat.store.getState(), channel);
    return made;
  });
  const view = useSyncExternalStore(viewport.subscribe, viewport.getView);

  useLayoutEffect(() => {
    const { scroller, before, list, after } = parts;
    if (!scroller.current || !before.current || !list.current || !after.current) return;
    const elements = { scroller: scroller.current, before: before.current, list: list.current, after: after.current };
    const detach = viewport.attach(createSurface(elements));
    const unwatch = watchSize(viewport, elements.scroller, elements.list);
    feed(viewport, chat.store.getState(), channel);
    const unsubscribe = chat.store.subscribe((state) => feed(viewport, state, channel));
    return () => {
      unsubscribe();
      unwatch();
      detach();
    };
    // The refs never change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [viewport, chat, channel]);

  useLayoutEffect(() => viewport.settle(), [viewport, view]);
  useAttendance(viewport, view, chat, channel, parts.scroller);
  return { viewport, view };
}

function feed(viewport: Viewport, state: ChatState, channel: string): void {
  const known = state.channels[channel];
  if (known) viewport.take(sourceOf(known.timeline, known.divider));
}

function sourceOf({ rows, version, live }: Omit<Source, "divider">, divider: number | null): Source {
  return { rows, version, live, divider };
}

/** Measures again when the scroller or what is in it changes size; a new width makes old measurements worthless. */
function watchSize(viewport: Viewport, scroller: HTMLElement, list: HTMLElement): () => void {
  let width = 0;
  const observer = new ResizeObserver(() => {
    if (scroller.clientWidth > 0 && scroller.clientWidth !== width) {
      width = scroller.clientWidth;
      const text = list.querySelector<HTMLElement>(".text");
      if (text) viewport.resized(estimator(readMetrics(text, text.parentElement?.clientWidth ?? width)));
    }
    viewport.settle();
  });
  observer.observe(scroller);
  // The rows, and what stands before and after them; not the spacers, which settle() sets.
  for (const part of scroller.children) if (part === list || part.className !== "") observer.observe(part);
  return () => observer.disconnect();
}

/** While people look: marks as read what they have seen, and asks for more where they are heading. */
function useAttendance(viewport: Viewport, view: View, chat: Chat, channel: string, scroller: TimelineParts["scroller"]): void {
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      viewport.scrolled();
      attend(viewport, chat, channel);
    };
    element.addEventListener("scroll", look, { passive: true });
    window.addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      element.removeEventListener("scroll", look);
      window.removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [viewport, chat, channel, scroller]);
  useEffect(() => attend(viewport, chat, channel), [viewport, view, chat, channel]);
}

function attend(viewport: Viewport, chat: Chat, channel: string): void {
  const known = chat.store.getState().channels[channel];
  if (!known) return;
  const { load, older, live, rows } = known.timeline;
  const { above, below } = viewport.room();
  if (load === "idle" && rows.length > 0) {
    if (older && above < ahead) chat.loadOlder(channel);
    else if (!live && below < ahead) chat.loadNewer(channel);
  }
  if (document.visibilityState === "visible" && document.hasFocus()) {
    const seq = viewport.seenSeq();
    if (seq > known.readSeq) chat.markRead(channel, seq);
  }
}
