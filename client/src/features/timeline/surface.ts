/** The page as the Viewport sees it. */
import type { Surface } from "./viewport";

export interface SurfaceElements {
  scroller: HTMLElement;
  before: HTMLElement;
  list: HTMLElement;
  after: HTMLElement;
}

/** Every element with data-id inside `list` is a row, in order. */
export function createSurface({ scroller, before, list, after }: SurfaceElements): Surface {
  return {
    height: () => scroller.clientHeight,
    lead: () => before.offsetTop,
    scrollTop: () => scroller.scrollTop,
    scrollTo: (top) => {
      scroller.scrollTop = top;
    },
    scrollMax: () => scroller.scrollHeight - scroller.clientHeight,
    measure: () => Array.from(list.querySelectorAll("[data-id]"), (row) => row.getBoundingClientRect().height),
    space: (above, below) => {
      before.style.height = `${above}px`;
      after.style.height = `${below}px`;
    },
  };
}
