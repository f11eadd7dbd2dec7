import { useEffect, type RefObject } from "react";
import type { Row } from "../../chat/model";
import { formatFull } from "../text/format";
import { t } from "../text/text";
import { rowIdOf } from "./useAttention";
import type { Viewport } from "./viewport";

/**
 * A selection over several messages is copied as name, time and text of each, from the rows themselves and not from what is
 * rendered of them. A selection inside one message is left to the browser. The rows of a selection stay rendered while it lasts.
 */
export function useSelectionCopy(scroller: RefObject<HTMLElement | null>, viewport: Viewport): void {
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const copy = (event: ClipboardEvent) => {
      const ends = selectedRows(element);
      if (!ends || ends[0] === ends[1]) return;
      const { rows } = viewport.getView();
      const places = ends.map((id) => rows.findIndex((row) => row.id === id)).sort((a, b) => a - b);
      const [from = -1, to = -1] = places;
      if (from < 0) return;
      event.clipboardData?.setData("text/plain", rows.slice(from, to + 1).map(asText).join("\n"));
      event.preventDefault();
    };
    const select = () => viewport.pin(selectedRows(element));
    element.addEventListener("copy", copy);
    document.addEventListener("selectionchange", select);
    return () => {
      element.removeEventListener("copy", copy);
      document.removeEventListener("selectionchange", select);
    };
  }, [scroller, viewport]);
}

function selectedRows(element: HTMLElement): readonly [string, string] | null {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !element.contains(selection.anchorNode)) return null;
  const from = rowIdOf(selection.anchorNode);
  const to = rowIdOf(selection.focusNode);
  return from !== null && to !== null ? [from, to] : null;
}

function asText(row: Row): string {
  return `${row.user}, ${formatFull(row.at)}: ${row.deleted ? t("timeline.deleted") : row.text}`;
}
