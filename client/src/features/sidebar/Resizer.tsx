import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { clampSidebar, sidebarWidth, usePreference, usePreferencesStore } from "../preferences/preferences";
import { t } from "../text/text";

const step = 16; // pixels for one press of an arrow key

/** The sidebar's edge, to be dragged or moved by arrow keys. A double click gives the usual width. */
export function Resizer() {
  const preferences = usePreferencesStore();
  const width = usePreference("sidebar");
  const from = useRef<{ x: number; width: number } | null>(null);
  const set = (value: number) => preferences.setState({ sidebar: clampSidebar(value) });
  const along = (element: Element, by: number) => (getComputedStyle(element).direction === "rtl" ? -by : by);

  const down = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, width };
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (from.current) set(from.current.width + along(event.currentTarget, event.clientX - from.current.x));
  };
  const up = () => {
    from.current = null;
  };
  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowLeft: -step, ArrowRight: step }[event.key];
    if (by !== undefined) set(width + along(event.currentTarget, by));
    else if (event.key === "Home") set(sidebarWidth.least);
    else if (event.key === "End") set(sidebarWidth.most);
    else return;
    event.preventDefault();
  };
  return (
    // A separator that can be moved is a widget and takes the focus (WAI-ARIA, window splitter).
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className="resizer"
      role="separator"
      aria-orientation="vertical"
      aria-label={t("sidebar.resize")}
      aria-valuemin={sidebarWidth.least}
      aria-valuemax={sidebarWidth.most}
      aria-valuenow={width}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onDoubleClick={() => set(sidebarWidth.initial)}
      onKeyDown={key}
    />
  );
}
