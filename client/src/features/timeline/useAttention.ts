import { useEffect, useState, type RefObject } from "react";

const holdFor = 450; // milliseconds of touch that ask for the actions
const slack = 10; // pixels a finger may tremble

export interface Attention {
  hovered: string | null;
  focused: string | null;
}

/**
 * Which row the pointer and the focus are on. `onHold` is called for a long press. Listens on the scroller once instead of on
 * every row, so that a row costs nothing until somebody attends to it.
 */
export function useAttention(scroller: RefObject<HTMLElement | null>, onHold: (id: string) => void): Attention {
  const [attention, setAttention] = useState<Attention>({ hovered: null, focused: null });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const set = (part: Partial<Attention>) =>
      setAttention((now) => {
        const next = { ...now, ...part };
        return next.hovered === now.hovered && next.focused === now.focused ? now : next;
      });
    const over = (event: PointerEvent) => event.pointerType !== "touch" && set({ hovered: rowIdOf(event.target) });
    const out = () => set({ hovered: null });
    const focus = (event: FocusEvent) => set({ focused: isByKeyboard(event.target) ? rowIdOf(event.target) : null });
    const blur = (event: FocusEvent) => !element.contains(event.relatedTarget as Node | null) && set({ focused: null });
    const key = (event: KeyboardEvent) => set({ focused: rowIdOf(event.target) });
    element.addEventListener("pointerover", over);
    element.addEventListener("pointerleave", out);
    element.addEventListener("focusin", focus);
    element.addEventListener("focusout", blur);
    element.addEventListener("keydown", key);
    const stopHolding = watchHold(element, onHold);
    return () => {
      element.removeEventListener("pointerover", over);
      element.removeEventListener("pointerleave", out);
      element.removeEventListener("focusin", focus);
      element.removeEventListener("focusout", blur);
      element.removeEventListener("keydown", key);
      stopHolding();
    };
  }, [scroller, onHold]);
  return attention;
}

/** The id of the row that a node is in, or null. */
export function rowIdOf(node: EventTarget | null): string | null {
  if (!(node instanceof Node)) return null;
  const element = node instanceof Element ? node : node.parentElement;
  return element?.closest<HTMLElement>("[data-id]")?.dataset.id ?? null;
}

/** A click focuses a row too, but does not ask for its actions to stay, until a key follows. Inside them they stay. */
function isByKeyboard(target: EventTarget | null): boolean {
  return target instanceof Element && (target.matches(":focus-visible") || target.closest(".tools") !== null);
}

function watchHold(element: HTMLElement, onHold: (id: string) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  const down = (event: PointerEvent) => {
    clearTimeout(timer);
    const id = rowIdOf(event.target);
    if (event.pointerType !== "touch" || id === null || (event.target as Element).closest("button, a")) return;
    from = { x: event.clientX, y: event.clientY };
    timer = setTimeout(() => onHold(id), holdFor);
  };
  const move = (event: PointerEvent) => {
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slack) clearTimeout(timer);
  };
  const cancel = () => clearTimeout(timer);
  // The browser's own long-press menu would cover the sheet.
  const menu = (event: Event) => {
    if ((event as PointerEvent).pointerType === "touch" && !(event.target as Element).closest("a")) event.preventDefault();
  };
  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel", "scroll"]) element.addEventListener(end, cancel, { passive: true });
  element.addEventListener("contextmenu", menu);
  return () => {
    clearTimeout(timer);
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel", "scroll"]) element.removeEventListener(end, cancel);
    element.removeEventListener("contextmenu", menu);
  };
}
