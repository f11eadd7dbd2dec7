import { useEffect, useRef } from "react";

const delay = 500; // milliseconds of pointing before the label shows

/**
 * The labels of icon buttons and the fuller form of short texts: one element for the whole page shows the data-tip of what is
 * pointed at or focused. Escape hides it. Screen readers have the same words as names, so it is hidden from them.
 * With data-tip-cut the label shows only where the text does not fit.
 */
export function Tips() {
  const tip = useRef<HTMLDivElement>(null);
  useEffect(() => (tip.current ? watch(tip.current) : undefined), []);
  return <div ref={tip} className="tip" aria-hidden="true" />;
}

function watch(tip: HTMLElement): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: Element | null = null;
  const hide = () => {
    clearTimeout(timer);
    shown = null;
    delete tip.dataset.shown;
  };
  const show = (target: HTMLElement) => {
    if (!target.isConnected || (target.hasAttribute("data-tip-cut") && target.scrollWidth <= target.clientWidth)) return;
    tip.textContent = target.dataset.tip ?? "";
    place(tip, target.getBoundingClientRect());
    tip.dataset.shown = "";
  };
  const consider = (event: Event, wait: number) => {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-tip]") : null;
    if (target === shown) return;
    hide();
    shown = target;
    if (target) timer = setTimeout(() => show(target), wait);
  };
  const over = (event: PointerEvent) => event.pointerType !== "touch" && consider(event, delay);
  const focus = (event: FocusEvent) => event.target instanceof Element && event.target.matches(":focus-visible") && consider(event, 0);
  const key = (event: KeyboardEvent) => event.key === "Escape" && hide();
  document.addEventListener("pointerover", over);
  document.addEventListener("focusin", focus);
  document.addEventListener("keydown", key);
  for (const end of ["pointerdown", "focusout", "scroll"]) document.addEventListener(end, hide, true);
  return () => {
    hide();
    document.removeEventListener("pointerover", over);
    document.removeEventListener("focusin", focus);
    document.removeEventListener("keydown", key);
    for (const end of ["pointerdown", "focusout", "scroll"]) document.removeEventListener(end, hide, true);
  };
}

/** Above the target, or below where there is no room; inside the window. */
function place(tip: HTMLElement, target: DOMRect): void {
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(target.left + target.width / 2 - width / 2, window.innerWidth - width - 8));
  const above = target.top - height - 6;
  tip.style.left = `${left}px`;
  tip.style.top = `${above < 8 ? target.bottom + 6 : above}px`;
}
