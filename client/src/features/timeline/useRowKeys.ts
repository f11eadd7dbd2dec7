import { useEffect, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { rowIdOf } from "./useAttention";
import type { Viewport } from "./viewport";

/**
 * Moving over the messages by keyboard. One row is in the Tab order at a time; arrows, Home, End and Page keys move to others,
 * Enter goes into a row's actions (Escape comes back), Escape on a row goes to the composer. Returns the row that Tab reaches.
 */
export function useRowKeys(scroller: RefObject<HTMLElement | null>, viewport: Viewport, toLatest: () => void, leave: () => void): string | null {
  const [current, setCurrent] = useState<string | null>(null);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const go = (id: string | undefined) => {
      if (id === undefined) return;
      flushSync(() => {
        viewport.reveal(id);
        setCurrent(id);
      });
      rowElement(element, id)?.focus({ preventScroll: true });
    };
    const keydown = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      const handled = inActions(event, target) || onRow(event, element, target, viewport, { go, toLatest, leave });
      if (handled) event.preventDefault();
    };
    const focus = (event: FocusEvent) => {
      const id = rowIdOf(event.target);
      if (id !== null) setCurrent(id);
    };
    element.addEventListener("keydown", keydown);
    element.addEventListener("focusin", focus);
    return () => {
      element.removeEventListener("keydown", keydown);
      element.removeEventListener("focusin", focus);
    };
  }, [scroller, viewport, toLatest, leave]);
  return current;
}

function onRow(
  event: KeyboardEvent,
  element: HTMLElement,
  target: HTMLElement,
  viewport: Viewport,
  { go, toLatest, leave }: { go: (id: string | undefined) => void; toLatest: () => void; leave: () => void },
): boolean {
  const { rows } = viewport.getView();
  const id = rowIdOf(target);
  const index = id === null ? -1 : viewport.indexOf(id);
  const step = (by: number) => {
    const next = index < 0 ? viewport.page(0) : rows[index + by]?.id;
    go(next ?? id ?? undefined);
    return true;
  };
  switch (event.key) {
    case "ArrowUp":
      return step(-1);
    case "ArrowDown":
      return step(1);
    case "Home":
      go(rows[0]?.id);
      return true;
    case "End":
      flushSync(toLatest);
      go(viewport.getView().rows.at(-1)?.id);
      return true;
    case "PageUp":
    case "PageDown": {
      const page = flushSync(() => viewport.page(event.key === "PageUp" ? -1 : 1));
      const atEnd = page === undefined || viewport.indexOf(page) === index;
      go(atEnd ? (event.key === "PageUp" ? rows[0]?.id : rows.at(-1)?.id) : page);
      return true;
    }
    case "Enter":
      if (target.closest("a, button")) return false;
      return focusFirstAction(element, id);
    case "Escape":
      leave();
      return true;
    default:
      return false;
  }
}

function focusFirstAction(element: HTMLElement, id: string | null): boolean {
  flushSync(() => undefined); // this key may have been the first sign that the actions are wanted: let them appear
  const button = id === null ? null : rowElement(element, id)?.querySelector<HTMLElement>(".tools button, .failed button");
  button?.focus();
  return button != null;
}

/** Inside a row's actions: arrows move, Escape returns to the row. */
function inActions(event: KeyboardEvent, target: HTMLElement): boolean {
  const bar = target.closest(".tools, .failed");
  if (!bar) return false;
  if (event.key === "Escape") {
    target.closest<HTMLElement>(".row")?.focus({ preventScroll: true });
    return true;
  }
  const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (along === undefined) return false;
  const forward = getComputedStyle(target).direction === "rtl" ? -along : along;
  const buttons = [...bar.querySelectorAll("button")];
  const next = buttons.indexOf(target as HTMLButtonElement) + forward;
  buttons.at(next % buttons.length)?.focus();
  return true;
}

function rowElement(element: HTMLElement, id: string): HTMLElement | null {
  return element.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] .row`);
}
